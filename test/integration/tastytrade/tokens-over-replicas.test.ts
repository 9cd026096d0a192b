import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { openShared, type SharedParts } from '../../../src/compose/shared.ts';
import { composeTokenSharing } from '../../../src/compose/token-sharing.ts';
import { readConfig } from '../../../src/config.ts';
import { type Clock, epochMs, systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { TokenSharing } from '../../../src/relay/tokens/share-tokens.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/create-simulator.ts';
import { calm, testUpstream } from '../../support/upstream.ts';

const REPLICAS = 3;
const EACH = 200;
const KEY = Buffer.alloc(32, 3);

/** Runs ahead of the machine's by what it is told: for all replicas and the broker at once, not for Redis. */
const ahead = { ms: 0 };
const clock: Clock = {
  ...systemClock,
  now: () => epochMs(systemClock.now() + ahead.ms),
  monotonicMs: () => systemClock.monotonicMs() + ahead.ms,
};
const basics = { clock, ids: systemIds, log: silentLog };

let simulator: Simulator;
let shared: SharedParts[];
let sharings: TokenSharing[];
let brokers: Broker[];

function join(at: number, tenantId: string, customer = 'margin'): Broker {
  const broker = createTastytradeBroker(
    testUpstream(simulator.restUrl, {
      ...basics,
      loadGrant: async () => simulator.grantFor(customer),
      tokens: (sharings[at] as TokenSharing).of({ tenantId, environment: 'paper', credentialsVersion: 1 }),
    }),
  );
  brokers.push(broker);
  return broker;
}

const everywhere = (tenantId: string, customer?: string): Broker[] =>
  Array.from({ length: REPLICAS }, (_, at) => join(at, tenantId, customer));

const readMany = (of: readonly Broker[]) =>
  Promise.allSettled(of.flatMap((broker) => Array.from({ length: EACH }, () => broker.watchlists.listPrivate(calm))));

const failures = (settled: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code?: string }).code ?? one.reason] : []));

const counters = () => simulator.control.counters();

beforeEach(async () => {
  simulator = await createSimulator({
    ...basics,
    seed: 'tokens',
    host: '127.0.0.1',
    port: 0,
    grantKey: systemIds.secret(),
    alwaysOpen: true,
  });
  const config = readConfig({ REDIS_URL: inject('redisUrl') });
  shared = Array.from({ length: REPLICAS }, () => openShared({ ...basics, config }));
  sharings = shared.map((one) =>
    composeTokenSharing({ ...basics, shared: one, deriveKey: () => KEY, onBreaker: () => {} }),
  );
  brokers = [];
});
afterEach(async () => {
  await Promise.all(brokers.map((broker) => broker.close()));
  for (const sharing of sharings) sharing.close();
  for (const one of shared) await one.close();
  await simulator.close();
});

describe('an access token over three replicas and Redis', () => {
  test('is asked for once by 200 concurrent reads on each: cold, forgotten by the broker, past its end', async () => {
    const replicas = everywhere(systemIds.uuid());
    expect(failures(await readMany(replicas))).toEqual([]);
    expect(counters().tokenGrants).toEqual({ margin: 1 });
    for (let again = 2; again <= 4; again += 1) {
      simulator.control.expireTokens();
      expect(failures(await readMany(replicas))).toEqual([]);
      expect(counters().tokenGrants).toEqual({ margin: again });
    }
    ahead.ms += 901_000;
    expect(failures(await readMany(replicas))).toEqual([]);
    expect(counters().tokenGrants).toEqual({ margin: 5 });
    expect(counters().requests['GET /watchlists']).toBeGreaterThanOrEqual(5 * REPLICAS * EACH);
  });

  test('is asked for by another replica when the one that asks ends half-way', async () => {
    const replicas = everywhere(systemIds.uuid());
    const others = replicas.slice(1);
    simulator.control.addFault({ route: '/oauth/token', times: 1, fault: { kind: 'hang' } });
    const lost = replicas[0]?.watchlists.listPrivate(calm).catch((error: unknown) => error);
    await expect.poll(() => counters().requests['POST /oauth/token']).toBe(1);
    const reads = readMany(others);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(counters().requests['POST /oauth/token']).toBe(1);
    await replicas[0]?.close();
    expect(failures(await reads)).toEqual([]);
    expect(counters().requests['POST /oauth/token']).toBe(2);
    expect(await lost).toMatchObject({ code: 'broker_unavailable' });
  });
});

describe('a grant that was revoked', () => {
  test('is tried once by three replicas, which say the same', async () => {
    const replicas = everywhere(systemIds.uuid(), 'revoked-one');
    simulator.control.revokeGrant('revoked-one');
    const settled = [...(await readMany(replicas)), ...(await readMany(replicas))];
    expect(new Set(failures(settled))).toEqual(new Set(['reconnect_needed']));
    expect(failures(settled)).toHaveLength(2 * REPLICAS * EACH);
    expect(counters().requests['POST /oauth/token']).toBe(1);
  });
});
