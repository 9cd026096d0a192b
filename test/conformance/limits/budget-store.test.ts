import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import type { Budget } from '../../../src/limits/budget.ts';
import { type BudgetStore, LONG_LEASE_MS, type StoreAsk } from '../../../src/limits/budget-store.ts';
import { createMemoryBudgetStore } from '../../../src/limits/memory-budget-store.ts';
import { createRedisBudgetStore } from '../../../src/limits/redis-budget-store.ts';
import { redisAway, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();

/** Two replicas' views of one store. */
const implementations: [string, () => readonly [BudgetStore, BudgetStore]][] = [
  [
    'in process',
    () => {
      const store = createMemoryBudgetStore(systemClock);
      return [store, store];
    },
  ],
  ['on Redis', () => [createRedisBudgetStore(redis()[0]), createRedisBudgetStore(redis()[1])]],
];

const budgetOf = (perSecond: number): Budget => ({ key: randomUUID(), perSecond });
const NONE = { units: 0, forMs: 0 };
const one = (budget: Budget, holder = 'a'): StoreAsk => ({
  budget,
  holder,
  lease: 0,
  bound: NONE,
  units: 1,
  isUrgent: false,
});
const lease = (budget: Budget, holder: string, units: number): StoreAsk => ({
  ...one(budget, holder),
  lease: units,
  units: 0,
});

describe.each(implementations)('budget store %s', (_name, open) => {
  it('grants a budget to both replicas together, and says how long nothing comes free', async () => {
    const [a, b] = open();
    const budget = budgetOf(5);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? a.ask(one(budget, 'a')) : b.ask(one(budget, 'b')))),
    );
    expect(answers.filter(({ units }) => units === 1)).toHaveLength(5);
    const waits = answers.filter(({ units }) => units === 0).map(({ waitMs }) => waitMs);
    expect(Math.min(...waits)).toBeGreaterThan(900);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1110);
  });

  it('keeps budgets apart', async () => {
    const [store] = open();
    const [first, second] = [budgetOf(1), budgetOf(1)];
    expect(await store.ask(one(first))).toMatchObject({ units: 1 });
    expect(await store.ask(one(first))).toMatchObject({ units: 0 });
    expect(await store.ask(one(second))).toMatchObject({ units: 1 });
  });

  it('never grants the same second twice, however the windows lie', async () => {
    const [store] = open();
    const budget = budgetOf(2);
    const grantedAtMs: number[] = [];
    const endsAtMs = performance.now() + 3500;
    while (performance.now() < endsAtMs) {
      const { units } = await store.ask(one(budget));
      if (units === 1) grantedAtMs.push(performance.now());
      await sleep(7);
    }
    const gaps = grantedAtMs.slice(2).map((atMs, n) => atMs - (grantedAtMs[n] ?? 0));
    expect(grantedAtMs.length).toBeGreaterThanOrEqual(6);
    expect(Math.min(...gaps)).toBeGreaterThan(1050);
  });

  it('grants again when the wait that it told is over', async () => {
    const [store] = open();
    const budget = budgetOf(1);
    await store.ask(one(budget));
    const { waitMs } = await store.ask(one(budget));
    await sleep(waitMs + 10);
    expect(await store.ask(one(budget))).toMatchObject({ units: 1, waitMs: 0 });
  });

  it('leases long where there is room, and leaves half to whoever comes next', async () => {
    const [a, b] = open();
    const budget = budgetOf(50);
    expect(await a.ask(lease(budget, 'a', 10))).toMatchObject({ lease: 10, leaseMs: LONG_LEASE_MS, rivals: 0 });
    expect(await b.ask(lease(budget, 'b', 50))).toMatchObject({ lease: 20 });
    // Extended, it is the same lease, and not another one.
    expect(await a.ask(lease(budget, 'a', 12))).toMatchObject({ lease: 12 });
  });

  it('shortens leases near the ceiling, and never leases the last unit', async () => {
    const [a, b] = open();
    const budget = budgetOf(8);
    expect(await a.ask(lease(budget, 'a', 4))).toMatchObject({ lease: 4 });
    expect(await a.ask(lease(budget, 'a', 8))).toMatchObject({ lease: 7, leaseMs: 1000 });
    expect(await b.ask(lease(budget, 'b', 8))).toMatchObject({ lease: 0 });
    expect(await b.ask({ ...lease(budget, 'b', 8), units: 4 })).toMatchObject({ lease: 0, units: 1 });
  });

  it('shares a budget evenly among those in want, as leases are extended', async () => {
    const [a, b] = open();
    const budget = budgetOf(17);
    const hungry = (holder: string): StoreAsk => ({ ...lease(budget, holder, 17), units: 17 });
    await a.ask(hungry('a'));
    await a.ask(hungry('a'));
    expect(await b.ask(hungry('b'))).toMatchObject({ rivals: 1 });
    const shrunk = await a.ask(hungry('a'));
    expect(shrunk).toMatchObject({ lease: 8, leaseMs: 1000, rivals: 1 });
    // What was promised before is held to the end of its promise.
    expect((await b.ask(hungry('b'))).lease).toBeLessThan(8);
  });

  it('does not lease a small budget', async () => {
    const [store] = open();
    expect(await store.ask({ ...lease(budgetOf(3), 'a', 3), units: 5 })).toMatchObject({ lease: 0, units: 3 });
  });

  it('keeps a unit for an order that has to wait, before everybody else', async () => {
    const [a, b] = open();
    const budget = budgetOf(1);
    await a.ask(one(budget, 'a'));
    const order = { ...one(budget, 'b'), isUrgent: true };
    const { waitMs } = await b.ask(order);
    await sleep(waitMs + 10);
    expect(await a.ask(one(budget, 'a'))).toMatchObject({ units: 0 });
    expect(await b.ask(order)).toMatchObject({ units: 1 });
  });

  it('counts what was used without it', async () => {
    const [a, b] = open();
    const budget = budgetOf(4);
    await a.note(budget, 3);
    expect(await b.ask({ ...one(budget, 'b'), units: 4 })).toMatchObject({ units: 1 });
  });

  it('counts a rate below one a second in a longer time', async () => {
    const [store] = open();
    const budget = budgetOf(0.5);
    expect(await store.ask(one(budget))).toMatchObject({ units: 1 });
    const { units, waitMs } = await store.ask(one(budget));
    expect(units).toBe(0);
    expect(waitMs).toBeGreaterThan(1900);
    expect(waitMs).toBeLessThanOrEqual(2110);
  });
});

describe('on Redis', () => {
  const question = fc.record({
    holder: fc.constantFrom('a', 'b', 'c'),
    lease: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 30 })),
    units: fc.integer({ min: 0, max: 12 }),
    isUrgent: fc.boolean(),
    bound: fc.record({ units: fc.integer({ min: 0, max: 12 }), forMs: fc.integer({ min: 500, max: 8000 }) }),
    noted: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) }),
  });

  it('answers every question as the one in process does', async () => {
    const onRedis = createRedisBudgetStore(redis()[0]);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(1, 3, 5, 8, 17, 30),
        fc.array(question, { minLength: 1, maxLength: 25 }),
        async (perSecond, questions) => {
          const inProcess = createMemoryBudgetStore(systemClock);
          const budget = budgetOf(perSecond);
          const startMs = performance.now();
          for (const { noted, ...ask } of questions) {
            if (noted > 0) await Promise.all([inProcess.note(budget, noted), onRedis.note(budget, noted)]);
            const [here, there] = await Promise.all([inProcess, onRedis].map((store) => store.ask({ budget, ...ask })));
            // What ends meanwhile ends at its own moment in each of them.
            const passedMs = performance.now() - startMs;
            if (passedMs > 700) return;
            const { waitMs, ...answer } = here ?? { waitMs: 0 };
            expect(there).toMatchObject(answer);
            expect(Math.abs((there?.waitMs ?? 0) - waitMs)).toBeLessThan(20 + passedMs);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps nothing of a budget that is not used any more', async () => {
    const [connection] = redis();
    const store = createRedisBudgetStore(connection);
    const budget = budgetOf(2);
    await store.ask(one(budget));
    const keys = await connection.client.keys(`*${budget.key}*`);
    expect(keys).toHaveLength(1);
    expect(await connection.client.pttl(keys[0] ?? '')).toBeLessThanOrEqual(1110);
  });

  it('says so within a moment when it is away', async () => {
    const away = redisAway();
    const startMs = performance.now();
    await expect(createRedisBudgetStore(away).ask(one(budgetOf(1)))).rejects.toMatchObject({
      code: 'coordination_unavailable',
    });
    expect(performance.now() - startMs).toBeLessThan(1000);
    await away.close();
  });
});
