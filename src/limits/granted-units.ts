import type { Clock } from '../core/clock.ts';
import { MARGIN_MS } from './budget.ts';

/** The replica may use `units` within any window until then. */
export type Lease = { readonly units: number; readonly untilMs: number };
/** A unit for one use. A use after `coveredMs` has to be told to the store: the hold began when the unit was granted. */
type Single = { readonly untilMs: number; readonly coveredMs: number };

const SINGLE_MS = 500;
/** The other half of the margin is for the way to the broker. */
export const COVERED_MS = MARGIN_MS / 2;
/** So long before a unit may be another replica's its late use must be told to the store. */
export const TELLING_MS = 150;

const NO_LEASE: Lease = { units: 0, untilMs: 0 };

/** What the store has granted to this replica, as long as it lasts by this replica's own monotonic clock. */
export class GrantedUnits {
  readonly #clock: Clock;
  #lease = NO_LEASE;
  #singles: readonly Single[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of no units when there is none, or it has ended. */
  get lease(): Lease {
    return this.#lease.untilMs > this.#clock.monotonicMs() ? this.#lease : NO_LEASE;
  }

  get singles(): number {
    this.#dropEnded();
    return this.#singles.length;
  }

  /**
   * In place of the one before, from now on. `askedMs`: from before the question left, since the store cannot have begun to count
   * earlier.
   */
  setLease(units: number, leaseMs: number, askedMs: number): void {
    this.#lease = { units, untilMs: askedMs + leaseMs };
  }

  addSingles(units: number, askedMs: number): void {
    const single = { untilMs: askedMs + SINGLE_MS, coveredMs: askedMs + COVERED_MS };
    this.#singles = [...this.#singles, ...Array.from({ length: units }, () => single)];
  }

  /** Until when the use of the single that is taken is covered; `undefined` when there is none. */
  takeSingle(): number | undefined {
    this.#dropEnded();
    const [single, ...rest] = this.#singles;
    this.#singles = rest;
    return single?.coveredMs;
  }

  /** What the store may no longer know of. */
  forget(): void {
    this.#lease = NO_LEASE;
    this.#singles = [];
  }

  #dropEnded(): void {
    const nowMs = this.#clock.monotonicMs();
    const stands = ({ untilMs }: Single): boolean => untilMs > nowMs;
    if (!this.#singles.every(stands)) this.#singles = this.#singles.filter(stands);
  }
}
