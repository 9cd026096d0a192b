import { abortable } from '../core/abortable.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

/** So many units in each second, counted under one key. */
export type Budget = { readonly key: string; readonly perSecond: number };

export type TakeOptions = { readonly signal: AbortSignal; readonly maxWaitMs: number };

/** Tells what was decided, never for whom. */
export type LimiterObserver = { taken(waitedMs: number): void; refused(): void };

/** Where units are counted: 0 when one was granted, else the milliseconds until the next may be. */
export type BudgetCounter = { consume(budget: Budget): Promise<number> };

export type Limiter = {
  /**
   * Takes one unit of every budget, in order, first come first served within each. Waits at most `maxWaitMs` in all;
   * throws `rate_limited` (with `retryAfterMs`) as soon as it is clear that the wait would be longer.
   */
  take(budgets: readonly Budget[], options: TakeOptions): Promise<void>;
};

type Line = { last: Promise<void>; waiting: number };

function refusal(waitMs: number): GatewayError {
  return new GatewayError('rate_limited', 'Too many calls to the broker are waiting already.', {
    retryAfterMs: waitMs,
  });
}

/** Queues callers before a counter. The queue is in this process; the count is wherever the counter keeps it. */
export function createLimiter(deps: { counter: BudgetCounter; clock: Clock; observer: LimiterObserver }): Limiter {
  const { counter, clock, observer } = deps;
  const lines = new Map<string, Line>();

  async function untilGranted(budget: Budget, deadline: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const waitMs = await counter.consume(budget);
      if (waitMs === 0) return;
      if (clock.monotonicMs() + waitMs > deadline) throw refusal(waitMs);
      await clock.sleep(waitMs, signal);
    }
  }

  async function inLine(budget: Budget, deadline: number, signal: AbortSignal): Promise<void> {
    const line = lines.get(budget.key) ?? { last: Promise.resolve(), waiting: 0 };
    const expectedMs = Math.floor(line.waiting / budget.perSecond) * 1000;
    if (clock.monotonicMs() + expectedMs > deadline) throw refusal(expectedMs);
    const turn = line.last.then(() => untilGranted(budget, deadline, signal));
    line.last = turn.catch(() => {});
    line.waiting += 1;
    lines.set(budget.key, line);
    void line.last.then(() => {
      line.waiting -= 1;
      if (line.waiting === 0) lines.delete(budget.key);
    });
    await abortable(turn, signal);
  }

  return {
    async take(budgets, { signal, maxWaitMs }) {
      const start = clock.monotonicMs();
      try {
        for (const budget of budgets) await inLine(budget, start + maxWaitMs, signal);
      } catch (thrown) {
        observer.refused();
        throw thrown;
      }
      observer.taken(clock.monotonicMs() - start);
    },
  };
}
