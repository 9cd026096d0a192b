import type { Clock, Timer } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Turn } from '../core/turn.ts';
import type { Budget } from './budget.ts';
import { FairLine } from './fair-line.ts';
import type { LocalBudget } from './local-budget.ts';
import type { Pauses } from './pauses.ts';
import { LEAST_PATIENCE_MS, type LimiterAsk, Refusal, type TakeOptions, WaitingCall } from './waiting-call.ts';

export type WaitingHallParts = {
  readonly clock: Clock;
  readonly pauses: Pick<Pauses, 'untilMs'>;
  readonly openBudget: (budget: Budget, wake: () => void) => LocalBudget;
};

type Line = FairLine<WaitingCall>;
type Look = {
  /** What was found lacking, with the earliest time at which it may no longer be. */
  readonly lacking: Map<LocalBudget, number>;
  /** Units of the widest budget that are kept for those whose turn it is, and who have asked for the rest of what they need. */
  kept: number;
  /** When another look is worth it. */
  againMs: number;
};

const MAX_IN_LINE = 256;
const MAX_IN_HALL = 4096;
/** However it is reckoned, whoever waits is looked after this often. */
const MAX_NAP_MS = 250;
const SWEEP_MS = 10_000;
/** To end a call is work too: many that came too late are told one after the other, so that nobody else waits for all of it. */
const REFUSE_EVERY_MS = 20;

/**
 * Where calls wait that draw on the same widest budget: lines (tenants) take turns, within each its flows (callers). Whatever can
 * be decided from what is known here is decided at once, without asking the store.
 */
export class WaitingHall {
  readonly #parts: WaitingHallParts;
  readonly #budgets = new Map<string, LocalBudget>();
  /** The line whose turn it is comes first. Cancels stand before all others. */
  readonly #lines = { cancels: new Map<string, Line>(), others: new Map<string, Line>() };
  #waiting = 0;
  #sweepAtMs = 0;
  #refuseAtMs = 0;
  #nap: Timer | undefined;
  #isLooking = false;

  constructor(parts: WaitingHallParts) {
    this.#parts = parts;
  }

  /** One unit of every budget, all at the same moment. Throws a `Refusal`. */
  async enter(ask: LimiterAsk, options: TakeOptions): Promise<Turn> {
    this.#forgetIdle();
    const budgets = [...ask.shared, ...ask.own].map((budget) => this.#budgetOf(budget));
    if (this.#waiting === 0 && this.#pausedMs(ask) === 0 && budgets.every((budget) => budget.free() >= 1)) {
      for (const budget of budgets) budget.arrived();
      return takeAll(budgets);
    }
    const waitMs = this.#expectedWaitMs(ask, budgets);
    if (waitMs > Math.max(LEAST_PATIENCE_MS, options.maxWaitMs))
      throw new Refusal(this.#pausedMs(ask) > options.maxWaitMs ? 'paused' : 'too-late', waitMs);
    for (const budget of budgets) budget.arrived();
    const call = this.#stand(ask, budgets, options);
    this.wake();
    return call.turn;
  }

  /** Looks who may go. Asks for what is lacking, and comes back when that, or time, may have changed something. */
  wake(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#nap?.cancel();
    this.#nap = undefined;
    const look: Look = { lacking: new Map(), kept: 0, againMs: Number.POSITIVE_INFINITY };
    for (let call = this.#next(look); call !== undefined; call = this.#next(look)) this.#serve(call);
    this.#isLooking = false;
    if (this.#waiting > 0) this.#sleepUntil(look.againMs);
  }

  /** Begins anew with the store: see `LocalBudget.declare`. */
  declare(hasForgotten: boolean): void {
    for (const budget of this.#budgets.values()) budget.declare(hasForgotten);
  }

  close(): void {
    this.#nap?.cancel();
    const gone = new GatewayError('overloaded', 'The gateway is shutting down.');
    for (const line of this.#allLines()) for (const call of line.inTurn()) call.refuse(gone);
  }

  #stand(ask: LimiterAsk, budgets: readonly LocalBudget[], options: TakeOptions): WaitingCall {
    const lines = ask.kind === 'cancel' ? this.#lines.cancels : this.#lines.others;
    const line = lines.get(ask.line) ?? new FairLine<WaitingCall>();
    lines.set(ask.line, line);
    const call = new WaitingCall(ask, options, {
      clock: this.#parts.clock,
      budgets,
      onOver: () => {
        this.#waiting -= 1;
        for (const budget of budgets) budget.waiting -= 1;
        line.remove(call);
        if (line.size === 0 && lines.get(ask.line) === line) lines.delete(ask.line);
      },
    });
    line.push(call);
    this.#waiting += 1;
    for (const budget of budgets) budget.waiting += 1;
    if (line.size > MAX_IN_LINE || this.#waiting > MAX_IN_HALL)
      line.last()?.refuse(new Refusal('crowded', options.maxWaitMs));
    return call;
  }

  #next(look: Look): WaitingCall | undefined {
    look.kept = 0;
    for (const line of this.#allLines()) {
      let isFirst = true;
      for (const call of line.inTurn()) {
        if (this.#mayGo(call, look)) return call;
        const [widest, ...narrower] = call.budgets;
        if (widest !== undefined && look.lacking.has(widest)) return undefined;
        if (isFirst && narrower.some((budget) => budget.isAsking)) look.kept += 1;
        isFirst = false;
      }
    }
    return undefined;
  }

  #mayGo(call: WaitingCall, look: Look): boolean {
    const { ask, budgets } = call;
    const missing = budgets.find((budget) => look.lacking.has(budget));
    if (missing !== undefined) {
      if ((look.lacking.get(missing) ?? 0) > call.deadlineMs) this.#refuseLate(call, look);
      return false;
    }
    const pausedMs = this.#pausedMs(ask);
    if (pausedMs > 0) {
      look.againMs = Math.min(look.againMs, this.#now() + pausedMs);
      return false;
    }
    const lacking = budgets.filter((budget, at) => budget.free() < (at === 0 ? 1 + look.kept : 1));
    if (lacking.length === 0) return true;
    this.#seek(claimed(call, lacking), look);
    this.#shorten(call, lacking, look);
    return false;
  }

  #seek(lacking: readonly LocalBudget[], look: Look): void {
    // A unit that has to wait for another budget's is lost: it is asked for when that one may be had as well.
    const isWorthIt = lacking.every((budget) => budget.isWorthAsking());
    if (isWorthIt) lacking.at(-1)?.seek();
    let allMs = 0;
    for (const budget of lacking) {
      const chanceMs = budget.nextChanceMs();
      look.lacking.set(budget, chanceMs ?? 0);
      allMs = Math.max(allMs, chanceMs ?? Number.POSITIVE_INFINITY);
    }
    look.againMs = Math.min(look.againMs, allMs);
  }

  /** Whoever can no longer be served in time, by what is known now, is told so now. */
  #shorten(call: WaitingCall, lacking: readonly LocalBudget[], look: Look): void {
    if (lacking.some((budget) => (look.lacking.get(budget) ?? 0) > call.deadlineMs)) this.#refuseLate(call, look);
    const line = this.#lines.others.get(call.ask.line);
    if (line === undefined) return;
    for (const budget of lacking) {
      const last = line.last();
      if (last === undefined || budget.waiting !== line.size) continue;
      const windows = (last.deadlineMs - this.#now()) / budget.window.holdMs;
      const places = Math.max(0, Math.ceil((windows + 1) * budget.expected()));
      while (line.size > places && this.#refuseLate(line.last(), look));
    }
  }

  /** False when it was not, since somebody else was a moment ago. */
  #refuseLate(call: WaitingCall | undefined, look: Look): boolean {
    if (call === undefined) return false;
    if (this.#now() < this.#refuseAtMs) {
      look.againMs = Math.min(look.againMs, this.#refuseAtMs);
      return false;
    }
    this.#refuseAtMs = this.#now() + REFUSE_EVERY_MS;
    call.refuse(new Refusal('too-late', this.#expectedWaitMs(call.ask, call.budgets)));
    return true;
  }

  #serve(call: WaitingCall): void {
    const { ask } = call;
    const lines = ask.kind === 'cancel' ? this.#lines.cancels : this.#lines.others;
    const line = lines.get(ask.line);
    const turn = takeAll(call.budgets);
    if (!call.grant(turn)) turn.ended();
    line?.rotate(ask.flow);
    if (line === undefined || line.size === 0) return;
    lines.delete(ask.line);
    lines.set(ask.line, line);
  }

  #expectedWaitMs(ask: LimiterAsk, budgets: readonly LocalBudget[]): number {
    const inLine = this.#lines.others.get(ask.line)?.ahead(ask.flow) ?? 0;
    let inHall = inLine;
    for (const [name, { size }] of this.#lines.others) if (name !== ask.line) inHall += Math.min(size, inLine + 1);
    const waits = budgets.map((budget, at) => {
      const ahead = Math.min(budget.waiting, at < ask.shared.length ? inHall : inLine);
      const lacking = ahead + 1 - budget.free();
      if (lacking <= 0) return 0;
      const firstMs = Math.max(0, (budget.nextChanceMs() ?? 0) - this.#now());
      return firstMs + ((lacking - 1) / budget.expected()) * budget.window.holdMs;
    });
    return Math.max(this.#pausedMs(ask), ...waits);
  }

  #pausedMs({ kind, pauseKey, shared }: LimiterAsk): number {
    const keys = [pauseKey, ...shared.map(({ key }) => key)];
    return Math.max(0, this.#parts.pauses.untilMs(keys, kind) - this.#now());
  }

  #budgetOf(budget: Budget): LocalBudget {
    const id = `${budget.perSecond} ${budget.key}`;
    const known = this.#budgets.get(id);
    if (known !== undefined) return known;
    const opened = this.#parts.openBudget(budget, () => this.wake());
    this.#budgets.set(id, opened);
    return opened;
  }

  /** Never in the middle of a call: whatever has been looked up for it must stay the one of its key. */
  #forgetIdle(): void {
    if (this.#now() < this.#sweepAtMs) return;
    this.#sweepAtMs = this.#now() + SWEEP_MS;
    for (const [id, budget] of this.#budgets) if (budget.isIdle) this.#budgets.delete(id);
  }

  #allLines(): readonly Line[] {
    return [...this.#lines.cancels.values(), ...this.#lines.others.values()];
  }

  #sleepUntil(againMs: number): void {
    const napMs = Math.min(MAX_NAP_MS, Math.max(1, Math.ceil(againMs - this.#now())));
    this.#nap = this.#parts.clock.after(napMs, () => this.wake());
  }

  #now(): number {
    return this.#parts.clock.monotonicMs();
  }
}

/** Whoever can have nothing of its own budgets yet has no claim on the widest one either, and is in nobody's way there. */
function claimed({ budgets: [widest] }: WaitingCall, lacking: readonly LocalBudget[]): readonly LocalBudget[] {
  const own = lacking.filter((budget) => budget !== widest);
  return own.every((budget) => budget.isWorthAsking()) ? lacking : own;
}

function takeAll(budgets: readonly LocalBudget[]): Turn {
  const units = budgets.map((budget) => budget.use());
  return {
    notAfterMs: Math.min(...units.map(({ notAfterMs }) => notAfterMs)),
    left: () => units.forEach((unit) => unit.left()),
    ended: () => units.forEach((unit) => unit.ended()),
  };
}
