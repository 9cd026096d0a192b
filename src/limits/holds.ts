import { type Window } from './budget.ts';
import {
  AMPLE_UNITS,
  LEASABLE_UNITS,
  LONG_LEASE_MS,
  ROOMY_SHARE,
  ROOMY_UNITS,
  SHORT_LEASE_MS,
  type StoreAnswer,
  type StoreAsk,
  UNLEASED_UNITS,
  URGENT_GRACE_MS,
  WANT_MS,
} from './budget-store.ts';

/** `former`: what its holder keeps to as long as it has not heard of `units`. */
type Lease = {
  readonly units: number;
  readonly untilMs: number;
  readonly former: number;
  readonly formerUntilMs: number;
};

/** Single holds that end within so long of each other are kept as one. */
const STEP_MS = 5;
const NO_LEASE: Lease = { units: 0, untilMs: 0, former: 0, formerUntilMs: 0 };

type Others = { readonly leased: number; readonly content: number; readonly wanting: readonly number[] };

/** What is held of one budget. The script of the Redis store says the same in its own words, and is held to it by one suite. */
export class Holds {
  readonly #leases = new Map<string, Lease>();
  /** Units by when they come free. */
  readonly #single = new Map<number, number>();
  /** Until when each holder counts as in want. */
  readonly #wanting = new Map<string, number>();
  readonly #urgent = new Map<string, number>();

  get isEmpty(): boolean {
    return [this.#leases, this.#single, this.#wanting, this.#urgent].every(({ size }) => size === 0);
  }

  answer(ask: Omit<StoreAsk, 'budget'>, window: Window, nowMs: number): StoreAnswer {
    this.dropEnded(nowMs);
    const others = this.#others(ask.holder);
    const kept = ask.isUrgent ? 0 : this.#urgent.size;
    const leased = this.#lease(ask, { others, kept, window, nowMs });
    const units = this.#grant(ask, { others, kept, window, nowMs, lease: leased.lease });
    const isGranted = leased.lease > 0 || units > 0;
    const waitMs = isGranted || ask.units === 0 ? 0 : this.#waitMs(kept, window, nowMs);
    this.#mark(ask, { isShort: units < ask.units && leased.lease < Math.max(1, ask.lease), waitMs, window, nowMs });
    return { ...leased, units, waitMs, rivals: others.wanting.length };
  }

  note(units: number, { holdMs }: Window, nowMs: number): void {
    this.dropEnded(nowMs);
    this.#hold(units, nowMs + holdMs);
  }

  dropEnded(nowMs: number): void {
    for (const [holder, lease] of this.#leases) this.#keep(holder, lease, nowMs);
    for (const untilMs of this.#single.keys()) if (untilMs <= nowMs) this.#single.delete(untilMs);
    for (const marks of [this.#wanting, this.#urgent]) {
      for (const [holder, untilMs] of marks) if (untilMs <= nowMs) marks.delete(holder);
    }
  }

  #others(holder: string): Others {
    const wanting: number[] = [];
    let leased = 0;
    for (const [name, lease] of this.#leases) if (name !== holder) leased += mostOf(lease);
    for (const name of this.#wanting.keys()) if (name !== holder) wanting.push(mostOf(this.#leases.get(name)));
    return { leased, content: leased - sum(wanting), wanting };
  }

  #lease(
    { holder, lease: wish, bound }: Omit<StoreAsk, 'budget'>,
    { others, kept, window, nowMs }: { others: Others; kept: number; window: Window; nowMs: number },
  ): Pick<StoreAnswer, 'lease' | 'leaseMs'> {
    if (wish === 0 || window.units < LEASABLE_UNITS) return { lease: 0, leaseMs: 0 };
    const mine = this.#leases.get(holder) ?? NO_LEASE;
    const leasable = window.units - UNLEASED_UNITS - sum(this.#single.values());
    const free = leasable - others.leased - kept;
    const lease = Math.max(0, Math.min(wish, mostFor(mostOf(mine), { others, leasable, free })));
    const leaseMs = others.wanting.length > 0 ? SHORT_LEASE_MS : leaseMsFor(free - lease, window);
    // What it gives up it may have used a moment ago; what it keeps to is its own until it hears of something else.
    this.#hold(mostOf(mine) - Math.max(lease, bound.units), Math.min(endOf(mine), nowMs + window.holdMs));
    const former = { former: bound.units, formerUntilMs: nowMs + bound.forMs + window.holdMs };
    this.#keep(holder, { units: lease, untilMs: nowMs + leaseMs + window.holdMs, ...former }, nowMs);
    return { lease, leaseMs: lease > 0 ? leaseMs : 0 };
  }

  #keep(holder: string, { units, untilMs, former, formerUntilMs }: Lease, nowMs: number): void {
    const lease = {
      ...(units > 0 && untilMs > nowMs ? { units, untilMs } : { units: 0, untilMs: 0 }),
      ...(former > 0 && formerUntilMs > nowMs ? { former, formerUntilMs } : { former: 0, formerUntilMs: 0 }),
    };
    if (mostOf(lease) > 0) this.#leases.set(holder, lease);
    else this.#leases.delete(holder);
  }

  #grant(
    { holder, lease: wish, units: wanted }: Omit<StoreAsk, 'budget'>,
    {
      others,
      kept,
      window,
      nowMs,
      lease,
    }: { others: Others; kept: number; window: Window; nowMs: number; lease: number },
  ): number {
    if ((wish > 0 && lease >= wish) || lease >= AMPLE_UNITS) return 0;
    const held = mostOf(this.#leases.get(holder));
    const used = others.leased + held + sum(this.#single.values());
    const fair = others.wanting.length === 0 ? window.units : Math.ceil(window.units / (others.wanting.length + 1));
    const units = Math.max(0, Math.min(wanted, fair, window.units - used - kept));
    this.#hold(units, nowMs + window.holdMs);
    return units;
  }

  #mark(
    { holder, isUrgent }: Omit<StoreAsk, 'budget'>,
    { isShort, waitMs, window, nowMs }: { isShort: boolean; waitMs: number; window: Window; nowMs: number },
  ): void {
    const marks = isUrgent ? this.#urgent : this.#wanting;
    if (isShort) marks.set(holder, nowMs + (isUrgent ? waitMs + URGENT_GRACE_MS : window.holdMs + WANT_MS));
    else marks.delete(holder);
  }

  #waitMs(kept: number, window: Window, nowMs: number): number {
    const ends: [number, number][] = [...this.#single];
    for (const lease of this.#leases.values()) ends.push([endOf(lease), mostOf(lease)]);
    let free = window.units - kept - sum(ends.map(([, units]) => units));
    for (const [untilMs, units] of ends.sort(([a], [b]) => a - b)) {
      free += units;
      if (free >= 1) return Math.max(1, Math.ceil(untilMs - nowMs));
    }
    return window.holdMs;
  }

  #hold(units: number, untilMs: number): void {
    if (units <= 0) return;
    const step = Math.ceil(untilMs / STEP_MS) * STEP_MS;
    this.#single.set(step, (this.#single.get(step) ?? 0) + units);
  }
}

const mostOf = ({ units, former }: Lease = NO_LEASE): number => Math.max(units, former);
const endOf = ({ untilMs, formerUntilMs }: Lease): number => Math.max(untilMs, formerUntilMs);

/** A newcomer takes half of what is free; among several in want each has its part, and the rest is left to them. */
function mostFor(mine: number, { others, leasable, free }: { others: Others; leasable: number; free: number }): number {
  if (others.wanting.length === 0) return mine > 0 ? free : Math.ceil(free / 2);
  const part = (leasable - others.content) / (others.wanting.length + 1);
  const lacking = others.wanting.map((units) => Math.max(0, Math.floor(part) - units));
  return Math.min(Math.ceil(part), free - sum(lacking));
}

function leaseMsFor(room: number, { units }: Window): number {
  const roomy = room / Math.max(ROOMY_UNITS, units * ROOMY_SHARE);
  return Math.min(LONG_LEASE_MS, Math.max(SHORT_LEASE_MS, Math.floor(LONG_LEASE_MS * roomy)));
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
