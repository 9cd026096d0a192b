import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Turn } from '../core/turn.ts';
import { type Budget, windowOf } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';
import { FairLine } from './fair-line.ts';
import { COVERED_MS, TELLING_MS } from './granted-units.ts';
import type { LimiterObserver } from './limiter-observer.ts';
import type { SharedPauses } from './shared-pauses.ts';
import { type LimiterAsk, Refusal, type TakeOptions, WaitingCall } from './waiting-call.ts';

export type OrderTurnsParts = {
  readonly store: BudgetStore;
  readonly pauses: Pick<SharedPauses, 'untilMs'>;
  readonly holder: string;
  readonly clock: Clock;
  readonly observer: LimiterObserver;
};

/** Exact turns for what moves an order: every unit is granted by the store, for this one call. */
export type OrderTurns = {
  /** Throws a `Refusal`, or `coordination_unavailable`: without the store there is no turn. */
  take(ask: LimiterAsk, options: TakeOptions): Promise<Turn>;
  close(): void;
};

const MAX_IN_LINE = 256;
const NO_BOUND = { units: 0, forMs: 0 };

export function createOrderTurns(parts: OrderTurnsParts): OrderTurns {
  const { clock } = parts;
  const lines = new Map<string, FairLine<WaitingCall>>();

  async function serveAll(name: string, line: FairLine<WaitingCall>): Promise<void> {
    for (let call = first(line); call !== undefined; call = first(line)) {
      await serve(call, parts);
      line.rotate(call.ask.flow);
    }
    lines.delete(name);
  }

  return {
    async take(ask, options) {
      // Cancels have a line of their own, so that none stands behind an order.
      const name = `${ask.kind} ${ask.line}`;
      const known = lines.get(name);
      const line = known ?? new FairLine<WaitingCall>();
      const waitMs = expectedWaitMs(ask, line.ahead(ask.flow));
      if (line.size >= MAX_IN_LINE || waitMs > options.maxWaitMs) throw new Refusal('too-late', waitMs);
      const call = new WaitingCall(ask, options, { clock, budgets: [], onOver: () => line.remove(call) });
      line.push(call);
      if (known === undefined) {
        lines.set(name, line);
        void serveAll(name, line);
      }
      return call.turn;
    },
    close() {
      const gone = new GatewayError('overloaded', 'The gateway is shutting down.');
      for (const line of lines.values()) for (const call of line.inTurn()) call.refuse(gone);
    },
  };
}

function first(line: FairLine<WaitingCall>): WaitingCall | undefined {
  const [call] = line.inTurn();
  return call;
}

function expectedWaitMs({ shared, own }: LimiterAsk, ahead: number): number {
  const waits = [...shared, ...own].map((budget) => {
    const { units, holdMs } = windowOf(budget);
    return Math.floor(ahead / units) * holdMs;
  });
  return Math.max(...waits);
}

async function serve(call: WaitingCall, parts: OrderTurnsParts): Promise<void> {
  try {
    let budgets = [...call.ask.shared, ...call.ask.own];
    while (!call.isOver) {
      const { clock } = parts;
      const askedMs = clock.monotonicMs();
      const obstacle = pauseOf(call, parts) ?? (await firstRefusal(budgets, call, parts));
      if (obstacle === undefined) {
        grant(call, askedMs, parts);
        return;
      }
      if (clock.monotonicMs() + obstacle.waitMs > call.deadlineMs) throw new Refusal(obstacle.reason, obstacle.waitMs);
      // The one that refused is asked first the next time, so that no unit of the others is taken in vain.
      budgets = [...obstacle.budgets, ...budgets.filter((budget) => !obstacle.budgets.includes(budget))];
      await clock.sleep(obstacle.waitMs);
    }
  } catch (error) {
    call.refuse(error);
  }
}

type Obstacle = {
  readonly waitMs: number;
  readonly reason: 'paused' | 'too-late';
  readonly budgets: readonly Budget[];
};

function pauseOf({ ask }: WaitingCall, { pauses, clock }: OrderTurnsParts): Obstacle | undefined {
  const untilMs = pauses.untilMs([ask.pauseKey, ...ask.shared.map(({ key }) => key)], ask.kind);
  const waitMs = untilMs - clock.monotonicMs();
  return waitMs > 0 ? { waitMs, reason: 'paused', budgets: [] } : undefined;
}

async function firstRefusal(
  budgets: readonly Budget[],
  call: WaitingCall,
  { store, holder, observer }: OrderTurnsParts,
): Promise<Obstacle | undefined> {
  for (const budget of budgets) {
    if (call.isOver) return undefined;
    observer.storeCommand('order');
    const { units, waitMs } = await store.ask({ budget, holder, lease: 0, units: 1, isUrgent: true, bound: NO_BOUND });
    if (units === 0) return { waitMs, reason: 'too-late', budgets: [budget] };
  }
  return undefined;
}

function grant(call: WaitingCall, askedMs: number, { store, clock, observer }: OrderTurnsParts): void {
  const budgets = [...call.ask.shared, ...call.ask.own];
  let hasLeft = false;
  const left = (): void => {
    if (hasLeft) return;
    hasLeft = true;
    // An order takes a while to leave. From then on it counts, and not only from when it was granted.
    if (clock.monotonicMs() - askedMs <= COVERED_MS) return;
    for (const budget of budgets) {
      observer.storeCommand('note');
      store.note(budget, 1).catch(() => {});
    }
  };
  const holdMs = Math.min(...budgets.map((budget) => windowOf(budget).holdMs));
  call.grant({ notAfterMs: askedMs + holdMs - TELLING_MS, left, ended() {} });
}
