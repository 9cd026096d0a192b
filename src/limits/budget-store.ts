import type { Budget } from './budget.ts';

/** A lease lasts so long where there is room, and as short as the other near the ceiling: units then move with the demand. */
export const LONG_LEASE_MS = 15_000;
export const SHORT_LEASE_MS = 1000;
/** With this share of a budget still free, and so many units, a lease is as long as it may be. */
export const ROOMY_SHARE = 0.25;
export const ROOMY_UNITS = 4;
/** A budget of fewer units is not leased: one replica's lease would be another's drought. */
export const LEASABLE_UNITS = 4;
/** Left to single grants: for orders, and for the replica that asks last. */
export const UNLEASED_UNITS = 1;
/** Whoever has so many under a lease does not go after the last single ones. */
export const AMPLE_UNITS = 8;
/** For so long after its lease could have been mended, a replica that got too little is counted as in want. */
export const WANT_MS = 1000;
/** An order that was told to wait has so long to come back for the unit that is kept for it. */
export const URGENT_GRACE_MS = 250;

export type StoreAsk = {
  readonly budget: Budget;
  /** The replica: a lease is extended by whoever holds it. */
  readonly holder: string;
  /** Units wanted under a lease; 0 leaves the lease as it is. */
  readonly lease: number;
  /** What the holder keeps to until it hears the answer: so many units, for so long still. It may have used more before. */
  readonly bound: { readonly units: number; readonly forMs: number };
  /** Units wanted for one use each, as far as the lease does not cover them. */
  readonly units: number;
  /** For an order: what is not there yet is kept for it, before everybody's reads. */
  readonly isUrgent: boolean;
};

export type StoreAnswer = {
  /** In place of what it had the holder may use so many within any window, for `leaseMs` from before it asked. */
  readonly lease: number;
  readonly leaseMs: number;
  /** To be used once each, soon. */
  readonly units: number;
  /** Where nothing was granted: after which asking again is worth it. */
  readonly waitMs: number;
  /** Other replicas that got less than they want. */
  readonly rivals: number;
};

/**
 * Where the units of all budgets are: each holds what was granted until its last use no longer counts. The sum of what is held
 * never grows beyond a budget by what is asked here. Both throw `coordination_unavailable`.
 */
export type BudgetStore = {
  ask(ask: StoreAsk): Promise<StoreAnswer>;
  /** Counts units that were used without having been granted, or later than granted: from now on, whatever is free. */
  note(budget: Budget, units: number): Promise<void>;
};
