import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import type { Broker, Reading } from '../../../src/broker/broker.ts';
import { streamerSymbol } from '../../../src/broker/model/symbol.ts';
import { composeBrokers } from '../../../src/compose/brokers.ts';
import { openShared } from '../../../src/compose/shared.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { createSimulator } from '../../../src/simulator/create-simulator.ts';
import type { Simulator } from '../../../src/simulator/create-simulator.ts';
import { testTenant } from '../../support/test-tenant.ts';
import { testUpstream } from '../../support/upstream.ts';

type Replica = {
  readonly broker: Broker;
  handOver(): Promise<void>;
  metric(name: string): Promise<number>;
  close(): Promise<void>;
};

const CUSTOMER = 'margin';
const SYMBOLS = ['SPY', 'QQQ', 'AAPL'].map(streamerSymbol);

let simulator: Simulator;
let tenant: string;
let replicas: Replica[];
let mostSockets: number;
let sampling: { cancel(): void };

beforeEach(async () => {
  tenant = randomUUID();
  simulator = await createSimulator({
    seed: 'fleet',
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    host: '127.0.0.1',
    port: 0,
    grantKey: systemIds.secret(),
    alwaysOpen: true,
  });
  replicas = await Promise.all([start(), start(), start()]);
  mostSockets = 0;
  sampling = systemClock.every(5, () => {
    mostSockets = Math.max(mostSockets, sockets());
  });
});

afterEach(async () => {
  sampling.cancel();
  await Promise.all(replicas.map((one) => one.close()));
  await simulator.close();
});

const sockets = (): number => simulator.control.counters().sockets.dxlink[CUSTOMER] ?? 0;

/** One replica as the gateway puts it together, but for what stands before the broker. */
async function start(): Promise<Replica> {
  const config = readConfig({
    REDIS_URL: inject('redisUrl'),
    TENANT_REQUESTS_PER_SECOND: '50',
    GATEWAY_REQUESTS_PER_SECOND: '1000',
    GRANTS_PER_SECOND: '100',
  });
  const basics = { config, clock: systemClock, ids: systemIds, log: silentLog };
  const metrics = createMetrics();
  const shared = openShared(basics);
  await vi.waitFor(async () => expect(await shared.redis?.healthy()).toBe(true));
  const record = { tenant: testTenant(tenant), credentialsVersion: 1 };
  const brokers = composeBrokers({
    ...basics,
    metrics,
    shared,
    deriveKey: () => new Uint8Array(32),
    hosts: { paper: testUpstream(simulator.restUrl).hosts },
    loadGrant: async () => simulator.grantFor(CUSTOMER),
    findTenant: async () => record,
  });
  return {
    broker: brokers.pool.use(record).broker,
    handOver: () => brokers.handOver(),
    async metric(name) {
      const line = (await metrics.text()).split('\n').find((each) => each.startsWith(`${name} `));
      return Number(line?.split(' ')[1] ?? Number.NaN);
    },
    async close() {
      await brokers.close();
      await shared.close();
    },
  };
}

const read = ({ broker }: Replica, timeoutMs = 5000): Promise<readonly Reading<'Quote'>[]> =>
  broker.marketData.read(
    SYMBOLS.map((symbol) => ({ symbol, kind: 'Quote' as const })),
    { signal: new AbortController().signal, timeoutMs },
  );

/** How long after `sinceMs` all of a replica's quotes were confirmed by a feed that was heard after it. */
async function freshAfterMs(replica: Replica, sinceMs: number): Promise<number> {
  for (;;) {
    const readings = await read(replica, 1000);
    const nowMs = systemClock.monotonicMs();
    const isFresh = readings.every((each) => each.kind === 'value' && nowMs - (each.confirmedAgeMs ?? 1e9) > sinceMs);
    if (isFresh) return nowMs - sinceMs;
    if (nowMs - sinceMs > 30_000) throw new Error('Not fresh in half a minute');
    await sleep(10);
  }
}

const allFreshAfterMs = async (sinceMs: number): Promise<number> =>
  Math.max(...(await Promise.all(replicas.map((one) => freshAfterMs(one, sinceMs)))));

async function ownerOf(): Promise<Replica> {
  for (const one of replicas) if ((await one.metric('gateway_relay_duties')) === 1) return one;
  throw new Error('Nobody is the owner');
}

describe('three replicas at a real feed', () => {
  it('serve a hundred concurrent readers each over one socket and one token', async () => {
    const all = await Promise.all(replicas.flatMap((one) => Array.from({ length: 100 }, () => read(one))));
    expect(all.flat().filter(({ kind }) => kind !== 'value')).toEqual([]);
    expect([mostSockets, sockets()]).toEqual([1, 1]);
  });

  it('tell the same quotes', async () => {
    await Promise.all(replicas.map((one) => read(one)));
    await vi.waitFor(async () => {
      const told = await Promise.all(replicas.map((one) => read(one)));
      const events = told.map((readings) => readings.map((each) => (each.kind === 'value' ? each.event : each)));
      expect(events[1]).toEqual(events[0]);
      expect(events[2]).toEqual(events[0]);
    });
  });

  it('are fresh again within three seconds each time that the feed is dropped, and once when it is half-open', async () => {
    await Promise.all(replicas.map((one) => read(one)));
    const owner = await ownerOf();
    const followers = replicas.filter((one) => one !== owner);
    const tookMs: number[] = [];
    for (let drop = 0; drop < 20; drop += 1) {
      await sleep(150);
      const sinceMs = systemClock.monotonicMs();
      simulator.control.dropSockets({ kind: 'dxlink' });
      tookMs.push(await allFreshAfterMs(sinceMs));
    }
    expect(mostSockets).toBe(1);
    await sleep(3000);
    const sinceMs = systemClock.monotonicMs();
    simulator.control.freezeSockets({ kind: 'dxlink' });
    tookMs.push(await allFreshAfterMs(sinceMs));
    simulator.control.reset();
    const ordered = tookMs.toSorted((a, b) => a - b);
    expect(ordered.at(Math.floor(ordered.length * 0.95) - 1)).toBeLessThanOrEqual(3000);
    expect(tookMs.at(-1)).toBeLessThanOrEqual(3500);
    for (const follower of followers)
      expect(await follower.metric('gateway_relay_gaps_total')).toBeGreaterThanOrEqual(21);
  });

  it('hand the socket over sooner than it would be missed, never two at a time', async () => {
    await Promise.all(replicas.map((one) => read(one)));
    for (let turn = 0; turn < 3; turn += 1) {
      const owner = await ownerOf();
      const sinceMs = systemClock.monotonicMs();
      await owner.handOver();
      expect(await allFreshAfterMs(sinceMs)).toBeLessThan(turn < 2 ? 3000 : 4000);
    }
    expect(mostSockets).toBe(1);
  });

  it('go on when the owner is closed in the midst of reads', async () => {
    await Promise.all(replicas.map((one) => read(one)));
    const owner = await ownerOf();
    replicas = replicas.filter((one) => one !== owner);
    const reads = Promise.all(
      Array.from({ length: 40 }, (_, n) => sleep(n * 20).then(() => read(replicas[n % 2] as Replica))),
    );
    await owner.close();
    expect((await reads).flat().filter(({ kind }) => kind !== 'value')).toEqual([]);
    expect([mostSockets, sockets()]).toEqual([1, 1]);
  });
});
