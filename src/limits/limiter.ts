import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Turn } from '../core/turn.ts';
import type { Budget } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';
import type { LimiterObserver, RefusalReason } from './limiter-observer.ts';
import { LocalBudget } from './local-budget.ts';
import { createOrderTurns } from './order-turns.ts';
import type { SharedPauses } from './shared-pauses.ts';
import type { Standing } from './standing.ts';
import { type LimiterAsk, Refusal, type TakeOptions } from './waiting-call.ts';
import { WaitingHall } from './waiting-hall.ts';

export type Limiter = {
  /**
   * One unit of every budget. Waits at most `maxWaitMs`; throws `rate_limited` (with `retryAfterMs`) as soon as it is clear that
   * the wait would be longer, and for an order `coordination_unavailable` while the store is away. A caller that leaves gives up
   * its place.
   */
  take(ask: LimiterAsk, options: TakeOptions): Promise<Turn>;
  close(): void;
};

export type LimiterParts = {
  readonly store: BudgetStore;
  readonly standing: Standing;
  readonly pauses: Pick<SharedPauses, 'untilMs'>;
  /** This replica, among its like. */
  readonly holder: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly observer: LimiterObserver;
  readonly log: Log;
};

/** Reads draw on what this replica holds of each budget; orders are granted by the store one by one. */
export function createLimiter(parts: LimiterParts): Limiter {
  const { clock, observer, pauses, standing } = parts;
  const halls = new Map<string, WaitingHall>();
  const orders = createOrderTurns(parts);

  function hallOf({ shared: [widest] }: LimiterAsk): WaitingHall {
    const key = widest?.key ?? '';
    const openBudget = (budget: Budget, wake: () => void) => new LocalBudget(budget, { ...parts, wake });
    const hall = halls.get(key) ?? new WaitingHall({ clock, pauses, openBudget });
    halls.set(key, hall);
    return hall;
  }

  async function turnFor(ask: LimiterAsk, options: TakeOptions): Promise<Turn> {
    options.signal.throwIfAborted();
    if (ask.kind === 'read') return hallOf(ask).enter(ask, options);
    try {
      return await orders.take(ask, options);
    } catch (error) {
      // Stopping something must always be possible: then out of this replica's share.
      if (ask.kind === 'order' || !isOutage(error)) throw error;
      return hallOf(ask).enter(ask, options);
    }
  }

  standing.onReturn((hasForgotten) => {
    for (const hall of halls.values()) hall.declare(hasForgotten);
  });

  return {
    async take(ask, options) {
      const startMs = clock.monotonicMs();
      try {
        const turn = await turnFor(ask, options);
        observer.taken(clock.monotonicMs() - startMs);
        return turn;
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== undefined) observer.refused(reason);
        throw error;
      }
    },
    close() {
      orders.close();
      for (const hall of halls.values()) hall.close();
    },
  };
}

const isOutage = (error: unknown): boolean => hasCode(error, 'coordination_unavailable');

function reasonOf(error: unknown): RefusalReason | undefined {
  if (error instanceof Refusal) return error.reason;
  return isOutage(error) ? 'unreachable' : undefined;
}
