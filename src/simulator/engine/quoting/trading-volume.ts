import type { TradingWindow } from '../calendar/trading-clock.ts';
import type { Product } from '../listings/product.ts';
import type { Contract } from '../market.ts';
import { YEAR_MS } from '../prices/brownian-walk.ts';
import { noiseKey, uniform } from '../prices/seeded-noise.ts';

export type Span = { readonly from: number; readonly to: number };

/** Contracts that stand open at the money, by how liquid the underlying is. */
const OPEN_AT_THE_MONEY = { 4: 24_000, 3: 3500, 2: 350, 1: 25 } as const;
const FAR_FROM_THE_MONEY = 0.02;
const OPTION_TURNOVER = 0.3;
/** Futures that expire a year later trade e to the power of this less. */
const FUTURES_DECAY = 9;
const OPEN_PER_FUTURE_TRADED = 1.3;
/** What trades outside the regular session, as a fraction of what trades in it. */
const OFF_HOURS_SHARE = 0.04;
const INTEREST_DRAW = 0;
const VOLUME_DRAW = 1;

/** How busy a contract is on an average day. */
export type Activity = { readonly dailyVolume: number; readonly openInterest: number };

/** `delta`: an option's, at the previous close. */
export function activityOf(
  seed: string,
  product: Product,
  contract: Contract,
  state: { readonly at: number; readonly delta: number | undefined },
): Activity {
  if (contract.isDead) return { dailyVolume: 0, openInterest: 0 };
  if (contract.option !== undefined) {
    const open = optionInterest(seed, product, contract.symbol, Math.abs(state.delta ?? 0));
    return { dailyVolume: open * OPTION_TURNOVER, openInterest: open };
  }
  if (contract.expiresAt === undefined) return { dailyVolume: product.averageVolume, openInterest: 0 };
  const volume = product.averageVolume * Math.exp((-FUTURES_DECAY * (contract.expiresAt - state.at)) / YEAR_MS);
  return { dailyVolume: volume, openInterest: Math.round(volume * OPEN_PER_FUTURE_TRADED) };
}

/** Most contracts stand open where the outcome is most uncertain. */
function optionInterest(seed: string, product: Product, symbol: string, chance: number): number {
  const nearness = FAR_FROM_THE_MONEY + 4 * chance * (1 - chance);
  const luck = 0.2 + 1.6 * uniform(noiseKey(seed, symbol), INTEREST_DRAW, 0);
  return Math.round(OPEN_AT_THE_MONEY[product.listing.fundamentals.liquidity] * nearness * luck);
}

type DayPart = {
  readonly symbol: string;
  readonly window: TradingWindow;
  readonly span: Span;
  readonly dailyVolume: number;
};

/** Units traded within a part of one day. */
export function tradedVolume(seed: string, { symbol, window, span, dailyVolume }: DayPart): number {
  const busyness = 0.6 + 0.8 * uniform(noiseKey(seed, symbol), VOLUME_DRAW, window.day);
  const regularHours = { from: window.openAt, to: window.closeAt };
  const regular = overlap(span, regularHours);
  const outside = overlap(span, window) - regular;
  const offHours = length(window) - length(regularHours);
  const offShare = offHours > 0 ? (OFF_HOURS_SHARE * outside) / offHours : 0;
  return Math.floor(dailyVolume * busyness * (regular / length(regularHours) + offShare));
}

function length(span: Span): number {
  return span.to - span.from;
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}
