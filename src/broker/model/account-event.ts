import type { EpochMs } from '../../core/clock.ts';
import type { Fill, PlacedLeg, PlacedOrder } from './order.ts';
import type { AccountNumber, BrokerSymbol } from './symbol.ts';

/** An order without its fills: each of those is an event of its own. */
export type OrderState = Omit<PlacedOrder, 'legs'> & { readonly legs: readonly Omit<PlacedLeg, 'fills'>[] };

/** One execution of one leg, told once however often the broker repeats it. */
export type FillEvent = {
  readonly kind: 'fill';
  readonly account: AccountNumber;
  readonly at: EpochMs;
  readonly orderId: string;
  readonly externalId?: string;
  readonly symbol: BrokerSymbol;
  readonly instrumentType: string;
  readonly action: string;
  readonly fill: Fill;
};

/**
 * What happened to the accounts of one tenant, in the broker's order within an account. `at` is the broker's time where it told
 * one. Balances and positions are only said to have changed: whoever shows them reads them.
 */
export type AccountEvent =
  | FillEvent
  | { readonly kind: 'order'; readonly account: AccountNumber; readonly at: EpochMs; readonly order: OrderState }
  | { readonly kind: 'balances'; readonly account: AccountNumber; readonly at: EpochMs }
  /** Of one symbol, or of all when none is named. */
  | {
      readonly kind: 'positions';
      readonly account: AccountNumber;
      readonly at: EpochMs;
      readonly symbol?: BrokerSymbol;
    }
  /**
   * Nobody listened to the broker between these times; without `from`, never before. What happened to orders meanwhile follows;
   * where not `isWhole`, changes may be missing: read again.
   */
  | { readonly kind: 'gap'; readonly from?: EpochMs; readonly to: EpochMs; readonly isWhole: boolean };

/** An event and its place; without `id` it has none yet, since it was told while replicas could not reach each other. */
export type AccountEntry = { readonly id?: string; readonly event: AccountEvent };

/** What happens to one tenant's accounts, whichever replica listens to the broker. */
export type AccountEvents = {
  /**
   * Tells everything that happens from when it resolves, in order, each once; a `gap` where something may have been missed.
   * Keeps the broker's stream open until stopped. Resolves to how to stop; never rejects.
   */
  follow(listener: (entry: AccountEntry) => void): Promise<() => void>;
  /**
   * What came after an entry, oldest first, at most `limit`; `isCut` when that entry is no longer kept, so that some may be
   * missing. Throws `coordination_unavailable`.
   */
  after(id: string, limit: number): Promise<{ readonly entries: readonly AccountEntry[]; readonly isCut: boolean }>;
};
