import { describe, expect, it } from 'vitest';
import type { Turn } from '../../../src/core/turn.ts';
import { shareOf, windowOf } from '../../../src/limits/budget.ts';
import type { BudgetStore } from '../../../src/limits/budget-store.ts';
import { createMemoryBudgetStore } from '../../../src/limits/memory-budget-store.ts';
import { createStanding } from '../../../src/limits/standing.ts';
import type { CallKind } from '../../../src/limits/waiting-call.ts';
import { coordinationUnavailable } from '../../../src/redis/presence.ts';
import { mostInASecond } from '../../support/limits/ceiling-world.ts';
import { limiterReplica } from '../../support/limits/limiter-replica.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const NEVER = new AbortController().signal;

/** So many replicas over one store, which can go away for all of them. */
function fleetOf(count: number) {
  const clock = createManualClock();
  let memory = createMemoryBudgetStore(clock);
  const listeners: ((isAway: boolean) => void)[] = [];
  let isAway = false;
  const reached = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    if (isAway) throw coordinationUnavailable();
    return work();
  };
  const store: BudgetStore = {
    ask: (ask) => reached(() => memory.ask(ask)),
    note: (budget, units) => reached(() => memory.note(budget, units)),
  };
  const drawn: boolean[] = [];
  const forgotten: (() => void)[] = [];
  const limiters = Array.from({ length: count }, (_, n) => {
    const fleet = {
      isAway: false,
      onPresence(listener: (isAway: boolean) => void) {
        listeners.push(listener);
        return () => {};
      },
    };
    const standing = createStanding({
      fleet,
      live: { count: () => count, onForgotten: (listener) => void forgotten.push(listener) },
      clock,
      onShare: (is) => drawn.push(is),
    });
    return limiterReplica({ holder: String(n), store, clock, standing });
  });
  return {
    clock,
    limiters,
    drawn,
    leftAtMs: [] as number[],
    /** The store begins empty, and the replicas find out after a while. */
    async forget(afterMs: number): Promise<void> {
      memory = createMemoryBudgetStore(clock);
      await press(this, 20, afterMs);
      for (const listener of forgotten) listener();
    },
    goAway(is: boolean): void {
      isAway = is;
      for (const listener of listeners) listener(is);
    },
    take: (at: number, perSecond: number, kind: CallKind = 'read'): Promise<Turn> =>
      (limiters[at] ?? limiters[0])?.take(
        {
          kind,
          shared: [{ key: 'g', perSecond: 1000 }],
          own: [{ key: 't', perSecond }],
          line: 't',
          flow: '',
          pauseKey: '',
        },
        { signal: NEVER, maxWaitMs: 5000 },
      ) ?? Promise.reject(new RangeError('No such replica')),
  };
}

type TestFleet = ReturnType<typeof fleetOf>;

/** Every replica asks for more than there is, all the time; tells when calls left, since the beginning. */
async function press(fleet: TestFleet, perSecond: number, ms: number): Promise<readonly number[]> {
  for (let passed = 0; passed < ms; passed += 50) {
    fleet.limiters.forEach((_, at) => {
      void fleet.take(at, perSecond).then(
        (turn) => {
          turn.left();
          turn.ended();
          fleet.leftAtMs.push(fleet.clock.monotonicMs());
        },
        () => {},
      );
    });
    await fleet.clock.advance(50);
  }
  return fleet.leftAtMs;
}

describe('a share', () => {
  it.each([
    [50, 3, { units: 16, holdMs: 1100 }],
    [2, 3, { units: 1, holdMs: 1650 }],
    [5, 3, { units: 1, holdMs: 660 }],
    [2, 1, { units: 2, holdMs: 1100 }],
  ])('of %d a second among %d is %o', (perSecond, replicas, share) => {
    expect(shareOf(windowOf({ perSecond }), replicas)).toEqual(share);
  });

  it.each([2, 5, 20, 50])(
    'of each replica keeps all together within %d a second while the store is away',
    async (perSecond) => {
      const fleet = fleetOf(3);
      await press(fleet, perSecond, 3000);
      fleet.goAway(true);
      const leftAtMs = await press(fleet, perSecond, 30_000);
      const perSecondSeen = leftAtMs.length / 30;
      expect(perSecondSeen).toBeLessThanOrEqual(perSecond * 1.1);
      expect(perSecondSeen).toBeGreaterThan(perSecond * 0.7);
    },
  );

  it('is not drawn on in an outage so short that grants of before may still count', async () => {
    const fleet = fleetOf(3);
    for (let blink = 0; blink < 6; blink += 1) {
      await press(fleet, 5, 1500);
      fleet.goAway(true);
      await press(fleet, 5, 900);
      fleet.goAway(false);
    }
    const { leftAtMs } = fleet;
    expect(mostInASecond(leftAtMs)).toBeLessThanOrEqual(5);
    expect(leftAtMs.length).toBeGreaterThan(30);
  });

  it('is told to the store when it is back, so that nothing is granted twice', async () => {
    const fleet = fleetOf(3);
    await press(fleet, 20, 2000);
    fleet.goAway(true);
    await press(fleet, 20, 10_000);
    fleet.goAway(false);
    const leftAtMs = await press(fleet, 20, 6000);
    // Eighteen by shares of six; what is told on return keeps it so until the store grants again.
    expect(mostInASecond(leftAtMs)).toBeLessThanOrEqual(20);
    expect(leftAtMs.filter((atMs) => atMs > 14_000).length).toBeGreaterThan(50);
  });

  it('does not outlive a store that has lost everything for longer than that takes to be noticed', async () => {
    const fleet = fleetOf(3);
    await press(fleet, 20, 6000);
    await fleet.forget(900);
    const fromMs = fleet.clock.monotonicMs() + 1200;
    const leftAtMs = await press(fleet, 20, 12_000);
    expect(mostInASecond(leftAtMs.filter((atMs) => atMs > fromMs))).toBeLessThanOrEqual(20);
    expect(leftAtMs.filter((atMs) => atMs > fromMs).length).toBeGreaterThan(150);
  });

  it('serves cancels while the store is away, and no order', async () => {
    const fleet = fleetOf(3);
    await press(fleet, 5, 1000);
    fleet.goAway(true);
    expect(fleet.drawn.at(-1)).toBe(true);
    await expect(fleet.take(0, 5, 'order')).rejects.toMatchObject({ code: 'coordination_unavailable' });
    const pressing = press(fleet, 5, 4000);
    const startMs = fleet.clock.monotonicMs();
    const cancelled = await fleet.take(1, 5, 'cancel').then(() => fleet.clock.monotonicMs() - startMs);
    // Before all the reads that wait.
    expect(cancelled).toBeLessThanOrEqual(2000);
    await pressing;
  });
});
