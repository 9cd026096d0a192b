import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { accountNumber, isoDate } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { USER_AGENT } from '../../../src/broker/tastytrade/http.ts';
import type { Turn } from '../../../src/core/turn.ts';
import manifest from '../../../package.json' with { type: 'json' };
import { data, lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { FREE_TURN, calm, testUpstream } from '../../support/upstream.ts';
import { sending } from './sample-order.ts';

const ACCOUNT = accountNumber('5WT00000');
const ACCOUNTS = '/customers/me/accounts';
const account = (number: string) => ({
  account: { 'account-number': number, 'margin-or-cash': 'Margin' },
  'authority-level': 'owner',
});

let fake: FakeBroker;
let broker: Broker;
let clock: ManualClock;

beforeEach(async () => {
  fake = await startFakeBroker();
  broker = createTastytradeBroker(testUpstream(fake.url));
  clock = createManualClock();
});

afterEach(async () => {
  await broker.close();
  await fake.close();
});

/** Turns that are counted: how many left, how many ended. */
function countedTurns(notAfterMs: () => number = () => Number.POSITIVE_INFINITY) {
  const seen = { taken: 0, left: 0, ended: 0 };
  const take = async (): Promise<Turn> => {
    seen.taken += 1;
    return { notAfterMs: notAfterMs(), left: () => (seen.left += 1), ended: () => (seen.ended += 1) };
  };
  return { seen, take };
}

describe('a turn', () => {
  test('is used when its call leaves, and ends with it', async () => {
    const { seen, take } = countedTurns();
    const counted = createTastytradeBroker(testUpstream(fake.url, { throttle: take }));
    fake.on('GET', ACCOUNTS, () => lists([]));
    await counted.accounts.list(calm);
    // One for the access token, one for the call.
    expect(seen).toEqual({ taken: 2, left: 2, ended: 2 });
    await counted.close();
  });

  test('that is over before its call could leave is followed by another one, and the call is made once', async () => {
    let turns = 0;
    const counted = createTastytradeBroker(
      testUpstream(fake.url, {
        throttle: async (endpoint) => {
          turns += endpoint === 'account' ? 1 : 0;
          const isOver = endpoint === 'account' && turns < 3;
          return { ...FREE_TURN, notAfterMs: isOver ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
        },
      }),
    );
    fake.on('GET', ACCOUNTS, () => lists([]));
    await counted.accounts.list(calm);
    expect(turns).toBe(3);
    expect(fake.seenAt('GET', ACCOUNTS)).toHaveLength(1);
    await counted.close();
  });

  test.each([
    ['3', 3000],
    ['', undefined],
  ])('is told that the broker asks for fewer calls, after %o', async (after, forMs) => {
    const told: unknown[] = [];
    const slowed = createTastytradeBroker(
      testUpstream(fake.url, { slowDown: (endpoint, ms) => void told.push([endpoint, ms]), clock }),
    );
    let calls = 0;
    fake.on('GET', ACCOUNTS, () =>
      (calls += 1) < 2 ? { status: 429, text: '', headers: { 'retry-after': after } } : lists([]),
    );
    const reading = slowed.accounts.list(calm);
    await expect.poll(() => told).toEqual([['account', forMs]]);
    await clock.advance(10_000);
    await reading;
    const closing = slowed.close();
    await clock.advance(1000);
    await closing;
  });
});

describe('every call', () => {
  test('says who asks, which version it understands, and carries the token', async () => {
    fake.on('GET', ACCOUNTS, () => lists([account('5WT00000')]));
    await expect(broker.accounts.list(calm)).resolves.toMatchObject([{ number: '5WT00000', marginOrCash: 'Margin' }]);
    const [token, call] = fake.seen;
    expect(call?.headers).toMatchObject({
      'user-agent': `tasty-gateway/${manifest.version}`,
      accept: 'application/json',
      'accept-version': '20261012',
      authorization: 'Bearer access-token-1',
    });
    expect(token?.headers.authorization).toBeUndefined();
    expect(JSON.parse(token?.text ?? '')).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'planted-refresh-token',
      client_secret: 'planted-client-secret',
    });
  });

  test('has the version of the package in its user agent', () => {
    expect(USER_AGENT).toBe(`tasty-gateway/${manifest.version}`);
  });

  test('names no version to the sandbox', async () => {
    const sandbox = createTastytradeBroker(testUpstream(fake.url, { environment: 'sandbox' }));
    fake.on('GET', ACCOUNTS, () => lists([]));
    await sandbox.accounts.list(calm);
    expect(fake.seenAt('GET', ACCOUNTS)[0]?.headers['accept-version']).toBeUndefined();
    await sandbox.close();
  });

  test('waits for its turn before every attempt', async () => {
    const turns: string[] = [];
    const throttled = createTastytradeBroker(
      testUpstream(fake.url, {
        throttle: async (endpoint) => {
          turns.push(endpoint);
          return FREE_TURN;
        },
      }),
    );
    let calls = 0;
    fake.on('GET', ACCOUNTS, () => ((calls += 1) < 3 ? { status: 503, text: 'down' } : lists([])));
    await throttled.accounts.list(calm);
    expect(turns).toEqual(['token', 'account', 'account', 'account']);
    await throttled.close();
  });
});

describe('a read that fails', () => {
  const faults = [
    ['503', { status: 503, text: '<html>' }],
    ['502', { status: 502, text: '<html>' }],
    ['429', { status: 429, text: '' }],
    ['a reset', { fault: 'reset-before-answer' }],
    ['a cut body', { json: { data: 1 }, fault: 'cut-in-body' }],
  ] as const;

  test.each(faults)('is tried again after %s, and then works', async (_name, fault) => {
    let calls = 0;
    fake.on('GET', ACCOUNTS, () => ((calls += 1) === 1 ? fault : lists([account('5WT00001')])));
    await expect(broker.accounts.list(calm)).resolves.toHaveLength(1);
    expect(calls).toBe(2);
  });

  test.each(faults)('is tried three times at most after %s', async (_name, fault) => {
    fake.on('GET', ACCOUNTS, () => fault);
    await expect(broker.accounts.list(calm)).rejects.toThrow(expect.objectContaining({ name: 'GatewayError' }));
    expect(fake.seenAt('GET', ACCOUNTS)).toHaveLength(3);
  });

  const answers = [
    [400, refusal(400, 'validation_error'), 'broker_refused'],
    [401, { status: 401, text: '<html>' }, 'broker_not_understood'],
    [403, refusal(403, 'not_permitted'), 'broker_not_permitted'],
    [403, { status: 403, text: '<html>' }, 'broker_not_permitted'],
    [404, refusal(404, 'record_not_found'), 'not_found'],
    [404, { status: 404, text: '<html>' }, 'broker_not_understood'],
    [406, { status: 406, json: { error: { code: 406, message: 'Not acceptable' } } }, 'broker_not_understood'],
    [422, refusal(422, 'cannot_update_order'), 'broker_refused'],
    [
      400,
      { status: 400, json: { error_code: 'invalid_grant', error_description: 'Grant revoked' } },
      'reconnect_needed',
    ],
    [403, refusal(403, 'quote_streamer.customer_not_found_error'), 'broker_not_permitted'],
    [302, { status: 302, headers: { location: '/customers/me' } }, 'broker_not_understood'],
    [200, { text: '<html>hello' }, 'broker_not_understood'],
    [200, { text: '{"data":' }, 'broker_not_understood'],
    [200, { json: { data: { items: 'none' } } }, 'broker_not_understood'],
    [200, { json: {} }, 'broker_not_understood'],
    [204, { status: 204 }, 'broker_not_understood'],
  ] as const;

  test.each(answers)('with %s is told once, without another attempt: %j → %s', async (status, answer, code) => {
    fake.on('GET', ACCOUNTS, () => answer);
    await expect(broker.accounts.list(calm)).rejects.toThrow(expect.objectContaining({ code }));
    expect(fake.seenAt('GET', ACCOUNTS)).toHaveLength(status === 401 ? 2 : 1);
    expect(fake.seenAt('GET', '/customers/me')).toHaveLength(0);
  });

  test('names the field that could not be read, and not its value', async () => {
    fake.on('GET', '/accounts/5WT00000/positions', () =>
      lists([
        {
          'account-number': 'x',
          symbol: 'SPY',
          'instrument-type': 'Equity',
          'underlying-symbol': 'SPY',
          quantity: -1,
          'quantity-direction': 'Long',
        },
      ]),
    );
    await expect(broker.accounts.positions(ACCOUNT, calm)).rejects.toThrow(
      expect.objectContaining({
        code: 'broker_not_understood',
        details: { field: 'data.items.0.quantity', problem: 'negative' },
      }),
    );
  });

  test('honours a Retry-After, and not beyond the deadline of the call', async () => {
    const clock = createManualClock();
    const timed = createTastytradeBroker(testUpstream(fake.url, { clock }));
    let calls = 0;
    fake.on('GET', ACCOUNTS, () =>
      (calls += 1) < 2 ? { status: 429, text: '', headers: { 'retry-after': '3' } } : lists([]),
    );
    const read = timed.accounts.list(calm);
    await expect.poll(() => calls).toBe(1);
    await expect.poll(async () => (await clock.advance(2_000), calls)).toBe(2);
    await expect(read).resolves.toEqual([]);
    await timed.close();
  });

  test('ends at its deadline when nothing comes', async () => {
    const clock = createManualClock();
    const timed = createTastytradeBroker(testUpstream(fake.url, { clock }));
    fake.on('GET', ACCOUNTS, () => ({ fault: 'hang' }));
    const read = expect(timed.accounts.list(calm)).rejects.toThrow(expect.objectContaining({ code: 'broker_timeout' }));
    await expect.poll(() => fake.seenAt('GET', ACCOUNTS).length).toBe(1);
    await clock.advance(10_000);
    await expect.poll(() => fake.seenAt('GET', ACCOUNTS).length).toBe(2);
    await clock.advance(10_000);
    await read;
    await timed.close();
  });

  test('ends when its caller leaves, in the middle of a body too', async () => {
    const leaving = new AbortController();
    fake.on('GET', ACCOUNTS, () => ({ json: { data: 1 }, fault: 'hang-in-body' }));
    const read = expect(broker.accounts.list({ signal: leaving.signal })).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    );
    await expect.poll(() => fake.seenAt('GET', ACCOUNTS).length).toBe(1);
    leaving.abort();
    await read;
  });

  test('refuses an answer beyond 4 MiB, told or untold', async () => {
    const big = 'x'.repeat(4 * 1024 * 1024 + 1);
    fake.on('GET', ACCOUNTS, () => ({ text: big }));
    await expect(broker.accounts.list(calm)).rejects.toThrow(
      expect.objectContaining({ code: 'broker_not_understood', details: { fault: 'BODY' } }),
    );
    fake.on('GET', ACCOUNTS, () => ({ text: big, headers: { 'content-length': String(big.length) } }));
    await expect(broker.accounts.list(calm)).rejects.toThrow(
      expect.objectContaining({ details: { fault: 'CONTENT_LENGTH' } }),
    );
  });

  test('does not multiply the load of a broker in trouble', async () => {
    fake.on('GET', ACCOUNTS, () => ({ status: 503, text: 'down' }));
    for (let at = 0; at < 30; at += 1) await broker.accounts.list(calm).catch(() => undefined);
    expect(fake.seenAt('GET', ACCOUNTS).length).toBeLessThanOrEqual(30 + 13);
  });
});

describe('pages', () => {
  const transaction = (id: number) => ({
    id,
    'transaction-type': 'Trade',
    'executed-at': '2026-11-20T15:00:00.000+00:00',
  });
  const query = { startDate: isoDate('2026-01-01') };
  const TRANSACTIONS = '/accounts/5WT00000/transactions';

  function serve(total: number): void {
    fake.on('GET', TRANSACTIONS, ({ query: asked }) => {
      const perPage = Number(asked.get('per-page'));
      const page = Number(asked.get('page-offset'));
      const ids = Array.from({ length: total }, (_, at) => total - at).slice(page * perPage, (page + 1) * perPage);
      return lists(ids.map(transaction), {
        'per-page': perPage,
        'page-offset': page,
        'total-items': total,
        'total-pages': Math.ceil(total / perPage),
        'next-link': null,
      });
    });
  }

  test('are counted by number: 501 rows are three of them', async () => {
    serve(501);
    const listing = await broker.history.transactions(ACCOUNT, { ...query, limit: 1000 }, calm);
    expect(listing).toMatchObject({ total: 501, truncated: false });
    expect(listing.rows.map((row) => row.id)).toEqual(Array.from({ length: 501 }, (_, at) => String(501 - at)));
    expect(fake.seenAt('GET', TRANSACTIONS).map((one) => one.query.get('page-offset'))).toEqual(['0', '1', '2']);
    expect(fake.seenAt('GET', TRANSACTIONS)[0]?.query.get('per-page')).toBe('250');
  });

  test.each([
    [10, 0, true],
    [10, 30, true],
    [250, 250, true],
    [7, 5, true],
    [300, 201, false],
    [300, 202, false],
    [1, 500, false],
    [5, 600, false],
  ])('hold %i rows from %i on; more: %s', async (limit, offset, truncated) => {
    serve(501);
    const listing = await broker.history.transactions(ACCOUNT, { ...query, limit, offset }, calm);
    const expected = Array.from({ length: 501 }, (_, at) => String(501 - at)).slice(offset, offset + limit);
    expect(listing.rows.map((row) => row.id)).toEqual(expected);
    expect(listing.truncated).toBe(truncated);
  });

  test('of orders are no longer than the 200 that the broker allows, and carry a start date', async () => {
    fake.on('GET', '/accounts/5WT00000/orders', () => lists([], { 'total-items': 0, 'total-pages': 0 }));
    await broker.history.orders(ACCOUNT, { ...query, underlying: 'SPY', limit: 500 }, calm);
    const asked = fake.seenAt('GET', '/accounts/5WT00000/orders')[0]?.query;
    expect(Object.fromEntries(asked ?? [])).toEqual({
      'start-date': '2026-01-01',
      'underlying-symbol': 'SPY',
      sort: 'Desc',
      'per-page': '200',
      'page-offset': '0',
    });
  });

  test('end when a service repeats itself without counting', async () => {
    fake.on('GET', TRANSACTIONS, () => lists(Array.from({ length: 250 }, (_, at) => transaction(at))));
    const listing = await broker.history.transactions(ACCOUNT, { ...query, limit: 10_000 }, calm);
    expect(listing.rows).toHaveLength(250);
    expect(fake.seenAt('GET', TRANSACTIONS)).toHaveLength(2);
  });
});

describe('addresses', () => {
  const hostile = [
    '.',
    '..',
    '../..',
    '../../accounts/5WT99999',
    'a/../b',
    '..\\..\\x',
    '%2e%2e',
    '..%2f..',
    '%252e',
    'a\u0000b',
    'a\nb',
    '',
    '\u202E',
    'x'.repeat(201),
    '\uD800',
  ];

  test.each(hostile)('never climb: %j as a watchlist name', async (name) => {
    await expect(broker.watchlists.getPrivate(name, calm)).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
    await expect(broker.watchlists.remove(name, calm)).rejects.toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
    expect(fake.seen.filter((one) => one.path !== '/oauth/token')).toHaveLength(0);
  });

  test.each([...hostile, 'live', 'dry-run', '1/dry-run', '1?x=1', '1#', ' 1', '1e3', '-1'])(
    'take no %j for an order id',
    async (id) => {
      await expect(broker.orders.get(ACCOUNT, id, calm)).rejects.toThrow(
        expect.objectContaining({ code: 'invalid_input' }),
      );
      for (const write of [broker.orders.cancel, broker.orders.cancelComplex]) {
        await expect(write(ACCOUNT, id, sending())).rejects.toThrow(expect.objectContaining({ code: 'invalid_input' }));
      }
      expect(fake.seen.filter((one) => one.path !== '/oauth/token')).toHaveLength(0);
    },
  );

  test.each([...hostile, '5WT00000/orders', '5WT 1', '5WT00000?'])(
    'take no %j for an account number',
    async (number) => {
      await expect(broker.accounts.positions(accountNumber(number), calm)).rejects.toThrow(
        expect.objectContaining({ code: 'invalid_input' }),
      );
      expect(fake.seen).toHaveLength(0);
    },
  );

  test.each([
    ['BRK/B', 'BRK%2FB'],
    ['50 of a kind', '50%20of%20a%20kind'],
    ['a?b#c', 'a%3Fb%23c'],
    ['…ü', '%E2%80%A6%C3%BC'],
  ])('encode %s as one segment', async (name, encoded) => {
    fake.on('GET', `/watchlists/${encoded}`, () => data({ name, 'watchlist-entries': [] }));
    await expect(broker.watchlists.getPrivate(name, calm)).resolves.toEqual({ name, entries: [] });
  });
});
