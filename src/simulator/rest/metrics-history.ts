import { epochMs, type EpochMs } from '../../core/clock.ts';
import { toNumber } from '../../core/decimal.ts';
import type { Contract, Market } from '../engine/market.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const YEAR_WEEKS = 52;
const INDEX_HORIZON_DAYS = 30;
const TRADING_DAYS = 252;

/** How volatile a listing is thought to be, and how that compares with its own past year. Fractions. */
export type ImpliedHistory = {
  readonly index: number;
  readonly fiveDayChange: number;
  /** Where the index stands between the year's lowest and highest. */
  readonly rank: number;
  /** The share of the year's weeks with a lower index. */
  readonly percentile: number;
};

export function impliedHistory(market: Market, symbol: string, now: EpochMs): ImpliedHistory {
  const indexAt = (daysAgo: number): number =>
    market.volatility(symbol, INDEX_HORIZON_DAYS, epochMs(now - daysAgo * DAY_MS));
  const year = Array.from({ length: YEAR_WEEKS }, (_, week) => indexAt(week * 7));
  const index = indexAt(0);
  const [low, high] = [Math.min(...year), Math.max(...year)];
  return {
    index,
    fiveDayChange: index - indexAt(5),
    rank: high > low ? (index - low) / (high - low) : 0,
    percentile: year.filter((other) => other < index).length / year.length,
  };
}

/** Annualised standard deviation of the daily log returns of the last `days` calendar days, as a fraction. */
export function realizedVolatility(market: Market, contract: Contract, span: { days: number; now: EpochMs }): number {
  const closes = Array.from({ length: span.days }, (_, day) => {
    const to = epochMs(span.now - day * DAY_MS);
    return market.bar(contract, { from: epochMs(to - DAY_MS), to, asOf: span.now });
  }).flatMap((bar) => (bar === undefined ? [] : [toNumber(bar.close)]));
  const returns = closes.slice(1).map((close, index) => Math.log((closes[index] ?? close) / close));
  if (returns.length < 2) return 0;
  const mean = returns.reduce((total, value) => total + value, 0) / returns.length;
  const variance = returns.reduce((total, value) => total + (value - mean) ** 2, 0) / (returns.length - 1);
  return Math.sqrt(variance * TRADING_DAYS);
}
