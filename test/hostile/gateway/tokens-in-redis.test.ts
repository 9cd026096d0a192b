import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { openShared, type SharedParts } from '../../../src/compose/shared.ts';
import { composeTokenSharing } from '../../../src/compose/token-sharing.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { TokenSharing } from '../../../src/relay/tokens/share-tokens.ts';
import { type FakeBroker, lists, startFakeBroker } from '../../support/fake-broker-server.ts';
import { type RedisServer, startRedisServer } from '../../support/processes/redis-server.ts';
import { watchCommands } from '../../support/processes/watch-commands.ts';
import { calm, testUpstream } from '../../support/upstream.ts';

const basics = { clock: systemClock, ids: systemIds, log: silentLog };
const KEY = Buffer.alloc(32, 5);
const ACCOUNTS = '/customers/me/accounts';

let redis: RedisServer;
let client: Redis;
let fake: FakeBroker;
let shared: SharedParts[];
let sharings: TokenSharing[];
const brokers: Broker[] = [];

beforeAll(async () => {
  redis = await startRedisServer();
  fake = await startFakeBroker();
  let issued = 0;
  fake.on('GET', ACCOUNTS, () => lists([]));
  fake.on('POST', '/oauth/token', ({ text }) => {
    if (text.includes('planted-dead')) {
      return { status: 400, json: { error_code: 'invalid_grant', error_description: `Grant revoked: ${text}` } };
    }
    if (text.includes('planted-down')) return { status: 503, text };
    issued += 1;
    const token = `planted-access-${issued}`;
    fake.goodTokens.add(token);
    return { json: { access_token: token, expires_in: 900 } };
  });
  const config = readConfig({ REDIS_URL: redis.url });
  shared = [0, 1].map(() => openShared({ ...basics, config }));
  sharings = shared.map((one) =>
    composeTokenSharing({ ...basics, shared: one, deriveKey: () => KEY, onBreaker: () => {} }),
  );
  client = new Redis(redis.url);
});
afterAll(async () => {
  for (const broker of brokers) await broker.close();
  for (const sharing of sharings) sharing.close();
  for (const one of shared) await one.close();
  await fake.close();
  client.disconnect();
  await redis.stop();
});

function join(at: number, tenantId: string, secret: string, version = 1): Broker {
  const broker = createTastytradeBroker(
    testUpstream(fake.url, {
      ...basics,
      loadGrant: async () => ({ clientSecret: `planted-client-${secret}`, refreshToken: `planted-${secret}` }),
      tokens: (sharings[at] as TokenSharing).of({ tenantId, environment: 'paper', credentialsVersion: version }),
    }),
  );
  brokers.push(broker);
  return broker;
}

const spellings = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('base64').replace(/=+$/u, ''),
  Buffer.from(secret).toString('hex'),
];

async function dump(): Promise<string[]> {
  const keys = await client.keys('*');
  const values = await Promise.all(keys.map((key) => client.get(key).catch(() => '')));
  return [...keys, ...values.map((value) => value ?? '')];
}

describe('what Redis sees of tokens', () => {
  it('is never a token, a secret or a refresh token: not in a dump, and not in passing', async () => {
    const watch = await watchCommands(redis.port);
    const tenant = randomUUID();
    const [a, b] = [join(0, tenant, 'well'), join(1, tenant, 'well')];
    await Promise.all([a.accounts.list(calm), b.accounts.list(calm)]);
    fake.goodTokens.clear();
    await Promise.all([a.accounts.list(calm), b.accounts.list(calm)]);
    const dead = randomUUID();
    for (const at of [0, 1]) await expect(join(at, dead, 'dead').accounts.list(calm)).rejects.toThrow();
    const down = randomUUID();
    for (const at of [0, 1]) await expect(join(at, down, 'down').accounts.list(calm)).rejects.toThrow();
    const kept = await dump();
    for (const owner of [tenant, dead, down]) expect(kept.some((text) => text.includes(owner))).toBe(true);
    const overheard = await watch.end();
    expect(overheard.length).toBeGreaterThan(20);
    const all = [...kept, ...overheard].join('\n');
    for (const planted of ['planted', 'Grant revoked', 'access_token'].flatMap(spellings)) {
      expect(all).not.toContain(planted);
    }
    expect(fake.tokenCalls()).toBe(5);
  });

  it('opens for nobody else when it is moved to another tenant, other credentials or another use', async () => {
    const [mine, theirs] = [randomUUID(), randomUUID()];
    await join(0, mine, 'well').accounts.list(calm);
    const before = fake.tokenCalls();
    const source = `tg:record:{${mine}}:token:1%3Acurrent`;
    const sealed = await client.get(source);
    if (sealed === null) throw new Error('There is a token');
    for (const target of [
      `{${theirs}}:token:1%3Acurrent`,
      `{${mine}}:token:2%3Acurrent`,
      `{${mine}}:token:1%3Aparked`,
    ]) {
      await client.set(`tg:record:${target}`, sealed, 'PX', 600_000);
    }
    await join(1, theirs, 'well').accounts.list(calm);
    await join(1, mine, 'well', 2).accounts.list(calm);
    expect(fake.tokenCalls() - before).toBe(2);
    const used = new Set(
      fake
        .seenAt('GET', ACCOUNTS)
        .slice(-3)
        .map(({ headers }) => headers.authorization),
    );
    expect(used.size).toBe(3);
    await join(1, mine, 'well').accounts.list(calm);
    expect(fake.tokenCalls() - before).toBe(2);
  });

  it.each([
    ['is spoilt', (sealed: string) => `${sealed.slice(0, -3)}AAA`],
    ['is another’s nonsense', () => '{"token":"planted-forged","lifeMs":900000,"endsAt":9e15,"isUnproven":false}'],
    ['is empty', () => ''],
  ])('is not believed when it %s: another token is asked for, and put in its place', async (_, spoil) => {
    const tenant = randomUUID();
    await join(0, tenant, 'well').accounts.list(calm);
    const before = fake.tokenCalls();
    const key = `tg:record:{${tenant}}:token:1%3Acurrent`;
    await client.set(key, spoil((await client.get(key)) ?? ''), 'PX', 600_000);
    await join(1, tenant, 'well').accounts.list(calm);
    await join(0, tenant, 'well').accounts.list(calm);
    expect(fake.tokenCalls() - before).toBe(1);
    expect(fake.seenAt('GET', ACCOUNTS).at(-1)?.headers.authorization).not.toContain('forged');
  });

  it('is not believed about how long it lives', async () => {
    const tenant = randomUUID();
    await join(0, tenant, 'well').accounts.list(calm);
    const before = fake.tokenCalls();
    await client.persist(`tg:record:{${tenant}}:token:1%3Acurrent`);
    await join(1, tenant, 'well').accounts.list(calm);
    expect(fake.tokenCalls() - before).toBe(1);
  });
});
