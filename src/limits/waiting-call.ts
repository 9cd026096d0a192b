import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Turn } from '../core/turn.ts';
import type { Budget } from './budget.ts';
import type { LocalBudget } from './local-budget.ts';
import type { RefusalReason } from './limiter-observer.ts';

/** `read`: whatever moves no order. An order needs the store; a cancel has to be possible without it. */
export type CallKind = 'read' | 'order' | 'cancel';

/** One call to the broker, before it is made. */
export type LimiterAsk = {
  readonly kind: CallKind;
  /** Budgets for which lines take turns, the widest first. At least one. */
  readonly shared: readonly Budget[];
  /** Budgets of this line alone, the narrowest last. */
  readonly own: readonly Budget[];
  /** Whose it is (a tenant). Lines take turns, and within a line its flows (callers) do. */
  readonly line: string;
  readonly flow: string;
  /** What the broker may have asked to slow down, beside the shared budgets. */
  readonly pauseKey: string;
};

export type TakeOptions = { readonly signal: AbortSignal; readonly maxWaitMs: number };

/** To ask the store is no waiting for a turn: there is time for it also where nobody is to wait. */
export const LEAST_PATIENCE_MS = 250;

/** A refusal, with the reason that is counted. */
export class Refusal extends GatewayError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, waitMs: number) {
    const message =
      reason === 'paused'
        ? 'The broker has asked for fewer calls.'
        : 'Too many calls to the broker are waiting already.';
    super('rate_limited', message, { retryAfterMs: Math.max(1, Math.ceil(waitMs)) });
    this.reason = reason;
  }
}

export type WaitingCallDeps = {
  readonly clock: Clock;
  readonly budgets: readonly LocalBudget[];
  /** Called once, when it no longer waits. */
  readonly onOver: (call: WaitingCall) => void;
};

/** A call in a line, from when it came to its turn, its deadline or its caller's leaving. */
export class WaitingCall {
  readonly ask: LimiterAsk;
  readonly budgets: readonly LocalBudget[];
  readonly deadlineMs: number;
  readonly turn: Promise<Turn>;
  readonly #resolve: (turn: Turn) => void;
  readonly #reject: (error: unknown) => void;
  readonly #stopWatching: () => void;
  #isOver = false;

  constructor(ask: LimiterAsk, options: TakeOptions, deps: WaitingCallDeps) {
    const { promise, resolve, reject } = Promise.withResolvers<Turn>();
    const patienceMs = Math.max(LEAST_PATIENCE_MS, options.maxWaitMs);
    this.ask = ask;
    this.budgets = deps.budgets;
    this.turn = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.deadlineMs = deps.clock.monotonicMs() + patienceMs;
    const onAbort = (): void => this.refuse(options.signal.reason);
    const timer = deps.clock.after(patienceMs, () => this.refuse(new Refusal('timed-out', patienceMs)));
    options.signal.addEventListener('abort', onAbort, { once: true });
    this.#stopWatching = () => {
      timer.cancel();
      options.signal.removeEventListener('abort', onAbort);
      deps.onOver(this);
    };
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Hands its turn over. False when nobody waits for it any more: then it is given back. */
  grant(turn: Turn): boolean {
    if (this.#end()) this.#resolve(turn);
    else return false;
    return true;
  }

  refuse(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#stopWatching();
    return true;
  }
}
