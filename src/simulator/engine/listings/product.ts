import { decimal } from '../../../core/decimal.ts';
import type { Listing, Tick } from '../market.ts';

/** What several prices have in common. Weights are annual volatilities, as fractions. */
export type Factor = 'market' | 'technology' | 'rates' | 'oil' | 'gold' | 'crypto';

/** Where a product's price comes from. */
export type PriceSource =
  /** `anchor` at the common anchor instant, growing by `drift` a year, pushed about by the factors and its own noise. */
  | {
      readonly from: 'walk';
      readonly anchor: number;
      readonly drift: number;
      readonly factors: Readonly<Partial<Record<Factor, number>>>;
      readonly own: number;
    }
  /** A fixed fraction of another product. */
  | { readonly from: 'product'; readonly symbol: string; readonly ratio: number }
  /** The 30-day volatility of another product, in percent. */
  | { readonly from: 'volatility'; readonly symbol: string };

/** Implied volatility: its level, and by what it changes per standard deviation of moneyness. */
export type Smile = { readonly base: number; readonly skew: number; readonly curvature: number };

/**
 * Which days a root has expirations on. `monthly`: third Fridays, Januaries for years ahead. `weekly`: all Fridays as
 * well. `daily`: every trading day as well, and quarter ends. `afternoon`: every trading day and month ends, beside
 * a root of the same index that has the third Fridays' mornings.
 */
export type OptionCycle = 'monthly' | 'weekly' | 'daily' | 'afternoon';

export type EquityOptionRoot = {
  readonly root: string;
  readonly settlement: 'AM' | 'PM';
  readonly cycle: OptionCycle;
};

/** `fine` near the money of near expirations, `coarse` elsewhere; `nearWidth` is how far near the money reaches. */
export type StrikeSteps = { readonly fine: number; readonly coarse: number; readonly nearWidth: number };

export type Product = {
  readonly listing: Listing;
  readonly price: PriceSource;
  readonly smile: Smile;
  /** Annual yield of holding it, as the forward price knows it: dividends, or convenience. */
  readonly carryYield: number;
  /** In units a day. */
  readonly averageVolume: number;
  /** Full width of the usual market, as a fraction of the price. */
  readonly spread: number;
  /** Nobody ever quotes or trades it. */
  readonly isDead: boolean;
  readonly optionRoots: readonly EquityOptionRoot[];
  readonly strikes: StrikeSteps;
};

export function ticks(...bands: readonly (readonly [below: number | undefined, step: number])[]): readonly Tick[] {
  return bands.map(([below, step]) => ({
    ...(below === undefined ? {} : { below: decimal(below) }),
    step: decimal(step),
  }));
}

export const STOCK_TICKS = ticks([1, 0.0001], [undefined, 0.01]);
export const CENT_TICKS = ticks([undefined, 0.01]);
/** The penny pilot: most liquid names; a few quote every option in cents. */
export const PENNY_OPTION_TICKS = ticks([3, 0.01], [undefined, 0.05]);
export const NICKEL_OPTION_TICKS = ticks([3, 0.05], [undefined, 0.1]);

/** Annual: what the broad market does, and pays for. */
export const MARKET_VOLATILITY = 0.15;
export const EQUITY_PREMIUM = 0.07;
/** Options cost a little more than what their underlying then does. */
export const VOLATILITY_PREMIUM = 1.08;
