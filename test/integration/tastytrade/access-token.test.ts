import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';
import { calm, PLANTED, testUpstream } from '../../support/upstream.ts';

const ACCOUNTS = '/customers/me/accounts';
const invalidGrant = (description: string) => ({
  status: 400,
  json: { error_code: 'invalid_grant', error_description: description },
});

let fake: FakeBroker;
let clock: ManualClock;
let broker: Broker;
let grant: { clientSecret: string; refreshToken: string };

beforeEach(async () => {
  fake = await startFakeBroker();
  fake.on('GET', ACCOUNTS, () => lists([]));
  clock = createManualClock();
  grant = PLANTED;
  broker = createTastytradeBroker(testUpstream(fake.url, { clock, loadGrant: async () => grant }));
});

afterEach(async () => {
  await broker.close();
  await fake.close();
});

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('the access token', () => {
  test('is asked for once by a hundred callers at once', async () => {
    await Promise.all(Array.from({ length: 100 }, () => broker.accounts.list(calm)));
    expect(fake.tokenCalls()).toBe(1);
    expect(fake.seenAt('GET', ACCOUNTS)).toHaveLength(100);
  });

  test('is renewed a minute before its end, and not earlier', async () => {
    await broker.accounts.list(calm);
    await clock.advance(839_000);
    await broker.accounts.list(calm);
    expect(fake.tokenCalls()).toBe(1);
    await clock.advance(1_000);
    await broker.accounts.list(calm);
    expect(fake.tokenCalls()).toBe(2);
    expect(fake.seen.at(-1)?.headers.authorization).toBe('Bearer access-token-2');
  });

  test('is renewed within the last tenth of a short life', async () => {
    fake.on('POST', '/oauth/token', () => {
      fake.goodTokens.add('short');
      return { json: { access_token: 'short', expires_in: '100' } };
    });
    await broker.accounts.list(calm);
    await clock.advance(89_999);
    await broker.accounts.list(calm);
    expect(fake.tokenCalls()).toBe(1);
    await clock.advance(1);
    await broker.accounts.list(calm);
    expect(fake.tokenCalls()).toBe(2);
  });

  test('does not live longer because the wall clock was set back', async () => {
    await broker.accounts.list(calm);
    clock.set(0);
    await clock.advance(840_000);
    await broker.accounts.list(calm);
    expect(fake.tokenCalls()).toBe(2);
  });

  test('is used until its end when it cannot be renewed ahead of time', async () => {
    await broker.accounts.list(calm);
    fake.on('POST', '/oauth/token', () => ({ status: 503, text: 'down' }));
    await clock.advance(850_000);
    await expect(broker.accounts.list(calm)).resolves.toEqual([]);
    await clock.advance(50_000);
    await expect(broker.accounts.list(calm)).rejects.toThrow(code('broker_unavailable'));
  });

  test('is renewed once when the broker refuses it, and the reads of a hundred callers are made again', async () => {
    await broker.accounts.list(calm);
    fake.goodTokens.clear();
    await Promise.all(Array.from({ length: 100 }, () => broker.accounts.list(calm)));
    expect(fake.tokenCalls()).toBe(2);
  });

  test('is not asked for again and again by a broker that refuses every token', async () => {
    fake.on('POST', '/oauth/token', () => ({ json: { access_token: 'never-good', expires_in: 900 } }));
    for (let at = 0; at < 20; at += 1) {
      await expect(broker.accounts.list(calm)).rejects.toThrow(code('reconnect_needed'));
    }
    expect(fake.tokenCalls()).toBe(2);
  });

  test('may be refused twice in a row when it worked in between', async () => {
    for (let at = 0; at < 3; at += 1) {
      await broker.accounts.list(calm);
      fake.goodTokens.clear();
    }
    await expect(broker.accounts.list(calm)).resolves.toEqual([]);
  });

  test.each([
    [{ json: { access_token: '', expires_in: 900 } }],
    [{ json: { access_token: 'with\r\nnewline: x', expires_in: 900 } }],
    [{ json: { access_token: 'a' } }],
    [{ json: { access_token: 'a', expires_in: 0 } }],
    [{ json: { access_token: 'a', expires_in: 'soon' } }],
    [{ text: '<html>' }],
  ])('is not taken from an answer that cannot be right: %j', async (answer) => {
    fake.on('POST', '/oauth/token', () => answer);
    await expect(broker.accounts.list(calm)).rejects.toThrow(code('broker_not_understood'));
    expect(fake.seenAt('GET', ACCOUNTS)).toHaveLength(0);
  });

  test('lets one caller leave without taking it from the others', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    fake.on('POST', '/oauth/token', async () => {
      await held;
      fake.goodTokens.add('late');
      return { json: { access_token: 'late', expires_in: 900 } };
    });
    const leaving = new AbortController();
    const left = expect(broker.accounts.list({ signal: leaving.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    const stayed = broker.accounts.list(calm);
    leaving.abort();
    await left;
    release();
    await expect(stayed).resolves.toEqual([]);
    expect(fake.tokenCalls()).toBe(1);
  });
});

describe('a grant that the broker refuses', () => {
  test.each(['Grant revoked', 'Client secret mismatch', 'Invalid JWT', 'something new'])(
    'is tried once only: %s',
    async (description) => {
      fake.on('POST', '/oauth/token', () => invalidGrant(description));
      const calls = Array.from({ length: 50 }, () => broker.accounts.list(calm));
      for (const settled of await Promise.allSettled(calls)) {
        expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'reconnect_needed' } });
      }
      await clock.advance(600_000);
      await expect(broker.accounts.list(calm)).rejects.toThrow(code('reconnect_needed'));
      expect(fake.seen).toHaveLength(1);
    },
  );

  test('is forgotten as soon as there is another', async () => {
    fake.on('POST', '/oauth/token', ({ text }) => {
      if (!text.includes('another')) return invalidGrant('Grant revoked');
      fake.goodTokens.add('fresh');
      return { json: { access_token: 'fresh', expires_in: 900 } };
    });
    await expect(broker.accounts.list(calm)).rejects.toThrow(code('reconnect_needed'));
    grant = { ...PLANTED, refreshToken: 'another' };
    await expect(broker.accounts.list(calm)).resolves.toEqual([]);
    expect(fake.tokenCalls()).toBe(2);
  });

  test('is not confused with a broker that is down: that is asked again, at growing distances', async () => {
    fake.on('POST', '/oauth/token', () => ({ status: 500, text: '' }));
    for (let at = 0; at < 200; at += 1) {
      await expect(broker.accounts.list(calm)).rejects.toThrow(code('broker_unavailable'));
      await clock.advance(1_000);
    }
    expect(fake.tokenCalls()).toBeLessThanOrEqual(10);
  });

  test('says nothing that was sent, whatever the broker writes back', async () => {
    fake.on('POST', '/oauth/token', ({ text }) => ({
      status: 400,
      json: { error_code: text, error_description: text },
    }));
    const error: unknown = await broker.accounts.list(calm).catch((thrown: unknown) => thrown);
    expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain('planted');
  });

  test('that is missing is told as its vault tells it', async () => {
    const without = createTastytradeBroker(
      testUpstream(fake.url, {
        loadGrant: async () => {
          throw new GatewayError('reconnect_needed', 'No login is connected.');
        },
      }),
    );
    await expect(without.accounts.list(calm)).rejects.toThrow('No login is connected.');
    expect(fake.seen).toHaveLength(0);
    await without.close();
  });
});

describe('a token the broker writes back', () => {
  test('is removed from its words', async () => {
    fake.on('GET', ACCOUNTS, ({ headers }) =>
      refusal(403, 'not_permitted', `You sent ${headers.authorization} and eyJhbGciOi.eyJzdWI.c2ln`),
    );
    const error: unknown = await broker.accounts.list(calm).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'broker_not_permitted', brokerSaid: 'You sent [removed] and [removed]' });
  });

  test.each([
    (token: string) => refusal(422, token, token, [{ code: token, message: token }]),
    (token: string) => refusal(500, token, `<${token}>`),
    (token: string) => ({ status: 200, text: token }),
    (token: string) => ({ status: 400, json: { error_code: token } }),
  ])('goes no further in any place (%#)', async (answer) => {
    fake.on('GET', ACCOUNTS, ({ headers }) => answer((headers.authorization ?? '').replace('Bearer ', '')));
    const impatient = createTastytradeBroker(testUpstream(fake.url));
    const error: unknown = await impatient.accounts.list(calm).catch((thrown: unknown) => thrown);
    await impatient.close();
    expect(error).toBeInstanceOf(GatewayError);
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('access-token-1');
  });
});
