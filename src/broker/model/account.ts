import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { AccountNumber, BrokerSymbol, IsoDate, StreamerSymbol } from './symbol.ts';

export type Account = {
  readonly number: AccountNumber;
  readonly nickname?: string;
  readonly type?: string;
  readonly marginOrCash: 'Margin' | 'Cash' | 'Unknown';
  readonly isClosed: boolean;
  readonly isFuturesApproved: boolean;
  /** `owner`, `trade-only`, `read-only`: the broker's word for what this login may do with it. */
  readonly authority: string;
};

/**
 * Money of one account in one currency. `amounts` holds every amount the broker sent, by its own dasherized key,
 * with the sign of its `-effect` sibling applied (credit positive, debit negative); a key it did not send is absent.
 */
export type Balances = {
  readonly account: AccountNumber;
  readonly currency: string;
  readonly amounts: Readonly<Record<string, Decimal>>;
  readonly snapshotDate?: IsoDate;
  readonly updatedAt?: EpochMs;
};

export type Position = {
  readonly account: AccountNumber;
  readonly symbol: BrokerSymbol;
  readonly streamerSymbol?: StreamerSymbol;
  readonly type: string;
  readonly underlying: BrokerSymbol;
  /** Unsigned; `direction` says which side. */
  readonly quantity: Decimal;
  readonly direction: 'Long' | 'Short' | 'Zero';
  readonly multiplier?: Decimal;
  readonly averageOpenPrice?: Decimal;
  readonly closePrice?: Decimal;
  /** Per unit, as the broker marks it. */
  readonly markPrice?: Decimal;
  /** Value of the whole position at `markPrice`, signed. */
  readonly mark?: Decimal;
  readonly realizedToday?: Decimal;
  readonly expiresAt?: EpochMs;
  readonly updatedAt?: EpochMs;
};

/** What an account holds at one moment, and what it has closed today. */
export type AccountHoldings = {
  /** Open ones, with marks. */
  readonly positions: readonly Position[];
  /**
   * What today's closing trades brought, signed (a loss is negative), over all positions, closed ones included. Absent when one of
   * them does not tell.
   */
  readonly realizedToday?: Decimal;
};

export type NetLiqPoint = {
  readonly at: EpochMs;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
};

export const TIME_BACKS = ['1d', '1w', '1m', '3m', '6m', '1y', 'all'] as const;
export type TimeBack = (typeof TIME_BACKS)[number];

export type Transaction = {
  readonly id: string;
  readonly type: string;
  readonly subType?: string;
  readonly description?: string;
  readonly symbol?: BrokerSymbol;
  readonly underlying?: BrokerSymbol;
  readonly instrumentType?: string;
  readonly action?: string;
  readonly quantity?: Decimal;
  readonly price?: Decimal;
  /** Signed: credit positive. */
  readonly value?: Decimal;
  readonly netValue?: Decimal;
  /** All fees and commissions together, signed (a cost is negative). */
  readonly fees?: Decimal;
  readonly executedAt: EpochMs;
  readonly date?: IsoDate;
  readonly orderId?: string;
};
