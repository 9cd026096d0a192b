import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { GatewayError } from '../../../src/core/errors.ts';
import type { Turn } from '../../../src/core/turn.ts';
import type { BudgetStore } from '../../../src/limits/budget-store.ts';
import type { Limiter } from '../../../src/limits/limiter.ts';
import { type LimiterObserver, silentObserver } from '../../../src/limits/limiter-observer.ts';
import { createMemoryBudgetStore } from '../../../src/limits/memory-budget-store.ts';
import type { LimiterAsk } from '../../../src/limits/waiting-call.ts';
import { limiterReplica } from '../../support/limits/limiter-replica.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const GATEWAY = { key: 'gateway', perSecond: 50 };
const NEVER = new AbortController().signal;

function askOf(changes: Partial<LimiterAsk> & { readonly perSecond?: number } = {}): LimiterAsk {
  const { line = 'a', perSecond = 2, ...rest } = changes;
  return {
    kind: 'read',
    shared: [GATEWAY],
    own: [{ key: `tenant:${line}`, perSecond }],
    line,
    flow: 'one',
    pauseKey: `${line}:other`,
    ...rest,
  };
}

type Bench = {
  readonly clock: ManualClock;
  readonly limiter: Limiter;
  readonly asked: string[];
  readonly refusals: string[];
  take(changes?: Parameters<typeof askOf>[0], maxWaitMs?: number, signal?: AbortSignal): Promise<Turn>;
};

function bench(store?: (clock: Clock) => BudgetStore): Bench {
  const clock = createManualClock();
  const asked: string[] = [];
  const refusals: string[] = [];
  const observer: LimiterObserver = {
    ...silentObserver,
    storeCommand: (kind) => void asked.push(kind),
    refused: (reason) => void refusals.push(reason),
  };
  const limiter = limiterReplica({ holder: 'r', store: (store ?? createMemoryBudgetStore)(clock), clock, observer });
  return {
    clock,
    limiter,
    asked,
    refusals,
    /** Every call leaves as soon as it may. */
    async take(changes, maxWaitMs = 10_000, signal = NEVER) {
      const turn = await limiter.take(askOf(changes), { signal, maxWaitMs });
      turn.left();
      turn.ended();
      return turn;
    },
  };
}

/** Notes who was served, in order; a refusal as `-name`. */
function roll() {
  const order: string[] = [];
  return {
    order,
    note: (name: string, turn: Promise<Turn>): void =>
      void turn.then(
        () => order.push(name),
        () => order.push(`-${name}`),
      ),
  };
}

describe('limiter', () => {
  it('lets a budget through at once and makes the rest wait, as units come free', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    for (const n of [0, 1, 2, 3, 4]) note(String(n), take());
    await clock.advance(10);
    expect(order).toEqual(['0', '1']);
    await clock.advance(1200);
    expect(order).toEqual(['0', '1', '2', '3']);
    await clock.advance(1200);
    expect(order).toEqual(['0', '1', '2', '3', '4']);
  });

  it('refuses at once what could not be served in time, says when to come back, and asks nobody', async () => {
    const { clock, take, asked, refusals } = bench();
    await Promise.all([take(), take()]);
    const { note } = roll();
    for (let n = 0; n < 6; n += 1) note(String(n), take({}, 3000));
    await clock.advance(10);
    const before = asked.length;
    await expect(take({}, 3000)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) });
    await expect(take({}, 3000)).rejects.toSatisfy((error: GatewayError) => (error.retryAfterMs ?? 0) > 3000);
    expect(asked.length).toBe(before);
    expect(refusals).toContain('too-late');
  });

  it('tells whoever waits for nothing as soon as that is known, without the whole wait', async () => {
    const { clock, take } = bench();
    await take({ perSecond: 0.2 });
    const { order, note } = roll();
    note('late', take({ perSecond: 0.2 }, 2000));
    await clock.advance(20);
    expect(order).toEqual(['-late']);
  });

  it('gives callers of one tenant their turns by round, however many calls one of them has waiting', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    for (let n = 0; n < 8; n += 1) note(`loud${n}`, take({ flow: 'loud' }, 60_000));
    await clock.advance(10);
    for (let n = 0; n < 2; n += 1) note(`quiet${n}`, take({ flow: 'quiet' }, 60_000));
    await clock.advance(2400);
    expect(order.slice(0, 2)).toEqual(['loud0', 'loud1']);
    expect(order.slice(2, 6).toSorted()).toEqual(['loud2', 'loud3', 'quiet0', 'quiet1']);
  });

  it('gives tenants their turns by round at the budget that they share', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    const shared = [{ key: 'narrow', perSecond: 2 }];
    for (let n = 0; n < 10; n += 1) note(`a${n}`, take({ shared, line: 'a', perSecond: 50 }, 60_000));
    await clock.advance(10);
    for (let n = 0; n < 2; n += 1) note(`b${n}`, take({ shared, line: 'b', perSecond: 50 }, 60_000));
    await clock.advance(2400);
    expect(order.slice(0, 2)).toEqual(['a0', 'a1']);
    expect(order.slice(2, 6).toSorted()).toEqual(['a2', 'a3', 'b0', 'b1']);
  });

  it('does not let a tenant that waits for its own budget stand in the others’ way at the one they share', async () => {
    const { take, clock } = bench();
    const { order, note } = roll();
    for (let at = 0; at < 20; at += 1) {
      await take({ line: 'c', perSecond: 40 });
      await clock.advance(100);
    }
    for (let at = 1; at <= 6; at += 1) note(`a${at}`, take({ line: 'a' }));
    await clock.advance(100);
    expect(order).toEqual(['a1', 'a2']);
    // More than this replica holds of the shared budget, which has more.
    for (let at = 1; at <= 20; at += 1) note('b', take({ line: 'b', perSecond: 40 }));
    await clock.advance(200);
    expect(order.filter((name) => name === 'b')).toHaveLength(20);
    expect(order).not.toContain('a3');
  });

  it('bounds a line: the last of the longest flow goes when somebody else comes', async () => {
    const { clock, take, refusals } = bench();
    const { order, note } = roll();
    for (let n = 0; n < 256; n += 1) note(`loud${n}`, take({ flow: 'loud' }, 600_000));
    await clock.advance(10);
    note('quiet', take({ flow: 'quiet' }, 600_000));
    note('other', take({ flow: 'other' }, 600_000));
    note('third', take({ flow: 'third' }, 600_000));
    await clock.advance(10);
    expect(order.filter((name) => name.startsWith('-'))).toEqual(['-loud255']);
    expect(refusals).toEqual(['crowded']);
    await clock.advance(2500);
    expect(order).toEqual(expect.arrayContaining(['quiet', 'other', 'third']));
  });

  it('frees the place of a caller that has gone', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    await Promise.all([take(), take()]);
    const gone = new AbortController();
    const leaving = take({}, 10_000, gone.signal);
    note('stays', take());
    gone.abort(new DOMException('left', 'AbortError'));
    await expect(leaving).rejects.toThrow('left');
    await clock.advance(1200);
    expect(order).toEqual(['stays']);
  });

  it('asks the store about once for fifty calls of a steady demand', async () => {
    const { clock, take, asked } = bench();
    let served = 0;
    for (let ms = 0; ms < 60_000; ms += 100) {
      void take({ perSecond: 40 }).then(() => (served += 1));
      await clock.advance(100);
    }
    expect(served).toBeGreaterThan(590);
    // Two budgets are asked for, each about every eight seconds.
    expect(asked.length / served).toBeLessThan(0.05);
  });

  it('does not go on holding what nobody uses any more', async () => {
    const { clock, take, asked } = bench();
    for (let n = 0; n < 50; n += 1) {
      void take({ perSecond: 40 });
      await clock.advance(50);
    }
    const before = asked.length;
    await clock.advance(60_000);
    expect(asked.length).toBe(before);
  });

  it('is done with whoever waits when it closes', async () => {
    const { limiter, take } = bench();
    await Promise.all([take(), take()]);
    const waiting = take();
    const order = take({ kind: 'order', own: [{ key: 'tenant:a', perSecond: 1 }] });
    limiter.close();
    await expect(waiting).rejects.toMatchObject({ code: 'overloaded' });
    await expect(order).rejects.toMatchObject({ code: 'overloaded' });
  });
});

describe('an order', () => {
  it('is granted by the store unit by unit, each time', async () => {
    const { take, asked } = bench();
    await take({ kind: 'order' });
    await take({ kind: 'order' });
    expect(asked).toEqual(['order', 'order', 'order', 'order']);
  });

  it('goes before reads that wait for the same units', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    for (let n = 0; n < 10; n += 1) note(`read${n}`, take());
    await clock.advance(10);
    note('order', take({ kind: 'order' }));
    await clock.advance(1300);
    expect(order).toContain('order');
    expect(order.filter((name) => name.startsWith('read')).length).toBeLessThanOrEqual(4);
  });

  it('is refused when its turn would come too late', async () => {
    const { take } = bench();
    await Promise.all([take({ kind: 'order' }), take({ kind: 'order' })]);
    await expect(take({ kind: 'order' }, 500)).rejects.toMatchObject({ code: 'rate_limited' });
  });

  it('of one caller does not wait behind all of another', async () => {
    const { clock, take } = bench();
    const { order, note } = roll();
    for (let n = 0; n < 6; n += 1) note(`loud${n}`, take({ kind: 'order', flow: 'loud' }, 60_000));
    note('quiet', take({ kind: 'order', flow: 'quiet' }, 60_000));
    await clock.advance(1300);
    expect(order).toContain('quiet');
  });
});
