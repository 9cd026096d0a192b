import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import type { BudgetStore } from '../../../src/limits/budget-store.ts';
import { silentObserver } from '../../../src/limits/limiter-observer.ts';
import { createLiveReplicas } from '../../../src/limits/live-replicas.ts';
import { createMemoryBudgetStore } from '../../../src/limits/memory-budget-store.ts';
import { createOrderProof } from '../../../src/limits/order-proof.ts';
import { createPauses } from '../../../src/limits/pauses.ts';
import { createRedisBudgetStore } from '../../../src/limits/redis-budget-store.ts';
import { sharePauses } from '../../../src/limits/shared-pauses.ts';
import { mostInASecond } from '../../support/limits/ceiling-world.ts';
import { limiterReplica } from '../../support/limits/limiter-replica.ts';
import { redisAway, twoOnOwnRedis, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const NEVER = new AbortController().signal;

const stores: [string, () => readonly BudgetStore[]][] = [
  [
    'in process',
    () => {
      const store = createMemoryBudgetStore(systemClock);
      return [store, store, store];
    },
  ],
  ['on Redis', () => [redis()[0], redis()[1], redis()[0]].map(createRedisBudgetStore)],
];

/** Three replicas, and how often they asked the store. */
function open(of: readonly BudgetStore[]) {
  const run = randomUUID();
  let commands = 0;
  const observer = { ...silentObserver, storeCommand: () => void (commands += 1) };
  const limiters = of.map((store, n) =>
    limiterReplica({ holder: `${run} ${n}`, store, clock: systemClock, observer, fraction: Math.random }),
  );
  return { run, limiters, commands: () => commands };
}

describe.each(stores)('limiters of three replicas, their store %s', (_name, create) => {
  it('hold two hundred calls at each to two in any second, near that rate, and serve all replicas', async () => {
    const { run, limiters } = open(create());
    const leftAtMs: number[] = [];
    const served = [0, 0, 0];
    const ask = {
      kind: 'read',
      shared: [{ key: `${run} gateway`, perSecond: 50 }],
      own: [{ key: `${run} tenant`, perSecond: 2 }],
      line: 'tenant',
      pauseKey: '',
    } as const;
    const startMs = performance.now();
    const refusedAfterMs: number[] = [];
    const calls = limiters.flatMap((limiter, at) =>
      Array.from({ length: 200 }, async (_, n) => {
        try {
          const turn = await limiter.take({ ...ask, flow: `caller ${n % 5}` }, { signal: NEVER, maxWaitMs: 9000 });
          turn.left();
          leftAtMs.push(performance.now());
          served[at] = (served[at] ?? 0) + 1;
          turn.ended();
        } catch {
          refusedAfterMs.push(performance.now() - startMs);
        }
      }),
    );
    await Promise.all(calls);
    expect(mostInASecond(leftAtMs)).toBeLessThanOrEqual(2);
    const seconds = (Math.max(...leftAtMs) - Math.min(...leftAtMs)) / 1000;
    expect((leftAtMs.length - 2) / seconds).toBeGreaterThan(1.5);
    expect(Math.min(...served)).toBeGreaterThanOrEqual(2);
    expect(refusedAfterMs.filter((ms) => ms < 2000).length).toBeGreaterThan(540);
  });

  it('ask it less than once for twenty calls, at five hundred calls a second of twenty tenants', async () => {
    const { run, limiters, commands } = open(create());
    let calls = 0;
    let refused = 0;
    const call = async (n: number): Promise<void> => {
      const tenant = `${run} tenant ${n % 20}`;
      calls += 1;
      const ask = {
        kind: 'read',
        shared: [{ key: `${run} gateway`, perSecond: 1000 }],
        own: [{ key: tenant, perSecond: 50 }],
        line: tenant,
        flow: '',
        pauseKey: '',
      } as const;
      try {
        const turn = await limiters[Math.floor(Math.random() * 3)]?.take(ask, { signal: NEVER, maxWaitMs: 5000 });
        turn?.left();
        turn?.ended();
      } catch {
        refused += 1;
      }
    };
    const running: Promise<void>[] = [];
    const drive = async (ms: number): Promise<void> => {
      const startMs = performance.now();
      let made = 0;
      while (performance.now() - startMs < ms) {
        for (; made < (performance.now() - startMs) / 2; made += 1) running.push(call(calls));
        await sleep(5);
      }
    };
    await drive(3000);
    const before = { calls, commands: commands() };
    await drive(12_000);
    await Promise.all(running);
    const perCall = (commands() - before.commands) / (calls - before.calls);
    expect(refused).toBe(0);
    expect(perCall).toBeLessThan(0.05);
  });
});

describe('on Redis', () => {
  it('a pause that one replica was told is obeyed by the other within a moment', async () => {
    const replicas = redis().map((connection, n) =>
      sharePauses({
        pauses: createPauses(systemClock, () => {}),
        channels: createRedisChannels(connection),
        replica: String(n),
        clock: systemClock,
        log: silentLog,
      }),
    );
    const key = randomUUID();
    const isObeyed = (): boolean => (replicas[1]?.untilMs([key], 'read') ?? 0) > 0;
    // Until both listen.
    await vi.waitFor(() => {
      replicas[0]?.tell({ key: `${key} first`, line: 'a', sharedKey: `${key} all`, forMs: 1000 });
      expect(replicas[1]?.untilMs([`${key} first`], 'read')).toBeGreaterThan(0);
    });
    const startMs = performance.now();
    replicas[0]?.tell({ key, line: 'a', sharedKey: `${key} all`, forMs: 1000 });
    await vi.waitFor(() => expect(isObeyed()).toBe(true), { interval: 1 });
    expect(performance.now() - startMs).toBeLessThan(500);
    for (const one of replicas) one.close();
  });

  it('an order is refused at once while Redis is away, in words for a person', async () => {
    const away = redisAway();
    const proof = createOrderProof(away, systemClock);
    const startMs = performance.now();
    const refused = await proof.check().catch((error: unknown) => error);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(refused).toMatchObject({
      code: 'coordination_unavailable',
      message: expect.stringContaining('Nothing was sent'),
      advice: expect.stringContaining('cancelled'),
    });
    await away.close();
  });

  it('an order is let in on a proof of a moment ago, without another question', async () => {
    const [connection] = redis();
    let asked = 0;
    const counting = {
      isAway: false,
      ask: ((command) => {
        asked += 1;
        return connection.ask(command);
      }) as typeof connection.ask,
    };
    const proof = createOrderProof(counting, systemClock);
    await Promise.all(Array.from({ length: 20 }, () => proof.check()));
    await proof.check();
    expect(asked).toBeLessThanOrEqual(2);
  });
});

// Whole gateways of other tests count as replicas too, where they share a Redis.
describe('on a Redis of their own', () => {
  const own = twoOnOwnRedis();

  it('replicas see each other, and that one has left', async () => {
    const seen: number[][] = [[], []];
    const replicas = own().map((connection, n) =>
      createLiveReplicas({
        redis: connection,
        replica: randomUUID(),
        expected: 7,
        clock: systemClock,
        observer: { storeCommand() {}, replicas: (count) => seen[n]?.push(count) },
      }),
    );
    const [first, second] = replicas;
    expect(first?.count()).toBe(7);
    await vi.waitFor(() => expect(first?.count()).toBe(2), { timeout: 5000 });
    await second?.close();
    await vi.waitFor(() => expect(first?.count()).toBe(1), { timeout: 5000 });
    await first?.close();
    expect(seen[1]?.length).toBeGreaterThan(0);
  });
});
