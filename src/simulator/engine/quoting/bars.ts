import type { Decimal } from '../../../core/decimal.ts';
import { formatCivilDay } from '../calendar/civil-day.ts';
import type { TradingClock, TradingWindow } from '../calendar/trading-clock.ts';
import type { Product } from '../listings/product.ts';
import type { BarSpan, Contract, MarketBar, MarketDay } from '../market.ts';
import { YEAR_MS } from '../prices/brownian-walk.ts';
import type { FairValue } from './fair-value.ts';
import { tradePrice } from './tick-size.ts';
import { activityOf, tradedVolume } from './trading-volume.ts';
import type { Activity, Span } from './trading-volume.ts';

export type Bars = {
  bar(contract: Contract, span: BarSpan): MarketBar | undefined;
  day(contract: Contract, at: number): MarketDay;
};

type Dependencies = {
  readonly seed: string;
  readonly clock: TradingClock;
  readonly fair: FairValue;
  readonly productOf: (contract: Contract) => Product;
};

type Range = { readonly open: number; readonly high: number; readonly low: number; readonly close: number };

/** A part of one trading window, and the present. */
type Piece = Span & { readonly window: TradingWindow; readonly asOf: number; readonly samples: number };

const SAMPLES = 48;
const OPTION_SAMPLES = 12;
const FEWEST_SAMPLES = 3;
const MIN_STEP_MS = 1000;
/** By how many deviations of one step a walk's extreme usually exceeds that of its samples (Broadie and others, 1997). */
const BETWEEN_SAMPLES = 0.5826;

export function createBars({ seed, clock, fair, productOf }: Dependencies): Bars {
  const rangeOf = (contract: Contract, piece: Piece): Range => {
    const until = Math.min(piece.to, piece.asOf);
    const step = Math.max(MIN_STEP_MS, (piece.to - piece.from) / piece.samples);
    const open = fair.price(contract, piece.from);
    const close = fair.price(contract, until);
    let [high, low] = [Math.max(open, close), Math.min(open, close)];
    for (let at = piece.from + step; at < until; at += step) {
      const price = fair.price(contract, at);
      if (price > high) high = price;
      if (price < low) low = price;
    }
    const beyond = overshoot(productOf(contract), contract, Math.min(step, until - piece.from));
    return { open, high: high * (1 + beyond), low: low * (1 - beyond), close };
  };
  const activity = (contract: Contract, window: TradingWindow): Activity => {
    const before = clock.windowBefore(contract.instrumentType, window).closeAt;
    const delta = contract.option === undefined ? undefined : fair.greeks(contract, before)?.delta;
    return activityOf(seed, productOf(contract), contract, { at: before, delta });
  };
  const volume = (contract: Contract, window: TradingWindow, span: Span): number =>
    tradedVolume(seed, { symbol: contract.symbol, window, span, dailyVolume: activity(contract, window).dailyVolume });

  return {
    bar(contract, { from, to, asOf }) {
      if (contract.isDead) return undefined;
      const end = Math.min(to, contract.expiresAt ?? to);
      const windows = clock.windowsBetween(contract.instrumentType, from, Math.min(end, asOf + 1));
      const samples = Math.max(FEWEST_SAMPLES, Math.floor(samplesFor(contract) / Math.max(1, windows.length)));
      const pieces = windows.map((window) => ({ window, asOf, samples, from: Math.max(from, window.from), to: Math.min(end, window.to) }));
      const ranges = pieces.map((piece) => rangeOf(contract, piece));
      const traded = pieces.map((piece) => volume(contract, piece.window, { from: piece.from, to: Math.min(piece.to, asOf) }));
      const range = joined(ranges);
      return range === undefined ? undefined : { ...rounded(contract, range), volume: traded.reduce((sum, part) => sum + part, 0) };
    },
    day(contract, at) {
      const type = contract.instrumentType;
      const asOf = Math.min(at, contract.expiresAt ?? at);
      const window = clock.windowAt(type, asOf);
      const before = clock.windowBefore(type, window);
      const part = asOf < window.openAt ? { from: window.from, to: window.openAt } : { from: window.openAt, to: window.closeAt };
      const prevClose = fair.price(contract, before.closeAt);
      const range = contract.isDead
        ? { open: prevClose, high: prevClose, low: prevClose, close: prevClose }
        : rangeOf(contract, { ...part, window, asOf, samples: samplesFor(contract) });
      return {
        date: formatCivilDay(window.day),
        ...rounded(contract, range),
        prevDate: formatCivilDay(before.day),
        prevClose: tradePrice(contract, prevClose),
        volume: volume(contract, window, { from: window.from, to: asOf }),
        openInterest: activity(contract, window).openInterest,
      };
    },
  };
}

function samplesFor(contract: Contract): number {
  return contract.option === undefined ? SAMPLES : OPTION_SAMPLES;
}

/** Options are left as sampled: their extremes follow from the underlying's in no simple way. */
function overshoot(product: Product, contract: Contract, stepMs: number): number {
  if (contract.option !== undefined) return 0;
  return BETWEEN_SAMPLES * product.smile.base * Math.sqrt(Math.max(0, stepMs) / YEAR_MS);
}

function joined(ranges: readonly Range[]): Range | undefined {
  const [first] = ranges;
  const last = ranges.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const high = Math.max(...ranges.map((range) => range.high));
  return { open: first.open, high, low: Math.min(...ranges.map((range) => range.low)), close: last.close };
}

function rounded(contract: Contract, range: Range): Readonly<Record<keyof Range, Decimal>> {
  const at = (price: number): Decimal => tradePrice(contract, price);
  return { open: at(range.open), high: at(range.high), low: at(range.low), close: at(range.close) };
}
