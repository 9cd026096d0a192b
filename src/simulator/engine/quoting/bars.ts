import type { Decimal } from '../../../core/decimal.ts';
import { formatCivilDay } from '../calendar/civil-day.ts';
import type { TradingClock, TradingWindow } from '../calendar/trading-clock.ts';
import type { Product } from '../listings/product.ts';
import type { BarSpan, Contract, MarketBar, MarketDay } from '../market.ts';
import type { FairValue } from './fair-value.ts';
import { joinedBars, sampledRange } from './sampled-range.ts';
import type { PriceBar } from './sampled-range.ts';
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

const SAMPLES = 48;
const OPTION_SAMPLES = 12;
const FEWEST_SAMPLES = 3;

export function createBars({ seed, clock, fair, productOf }: Dependencies): Bars {
  const activity = (contract: Contract, window: TradingWindow): Activity => {
    const before = clock.windowBefore(contract.instrumentType, window).closeAt;
    const delta = contract.option === undefined ? undefined : fair.greeks(contract, before)?.delta;
    return activityOf(seed, productOf(contract), contract, { at: before, delta });
  };
  const traded = (contract: Contract, window: TradingWindow, span: Span): number =>
    tradedVolume(seed, { symbol: contract.symbol, window, span, dailyVolume: activity(contract, window).dailyVolume });

  return {
    bar(contract, { from, to, asOf }) {
      if (contract.isDead || asOf < from) return undefined;
      const end = Math.min(to, contract.expiresAt ?? to);
      const windows = clock.windowsBetween(contract.instrumentType, from, Math.min(end, asOf + 1));
      const samples = Math.max(FEWEST_SAMPLES, Math.floor(samplesFor(contract) / Math.max(1, windows.length)));
      let volume = 0;
      const parts = windows.map((window) => {
        const part = { from: Math.max(from, window.from), to: Math.min(end, window.to) };
        volume += traded(contract, window, { from: part.from, to: Math.min(part.to, asOf) });
        return sampledRange(fair, productOf(contract), contract, { ...part, asOf, samples });
      });
      const whole = joinedBars(parts);
      return whole === undefined ? undefined : { ...rounded(contract, whole), volume };
    },
    day(contract, at) {
      const asOf = Math.min(at, contract.expiresAt ?? at);
      const window = clock.windowAt(contract.instrumentType, asOf);
      const before = clock.windowBefore(contract.instrumentType, window);
      const prevClose = fair.price(contract, before.closeAt);
      const sampling = { ...barPart(window, asOf), asOf, samples: samplesFor(contract) };
      const bar = contract.isDead ? flat(prevClose) : sampledRange(fair, productOf(contract), contract, sampling);
      return {
        date: formatCivilDay(window.day),
        ...rounded(contract, bar),
        prevDate: formatCivilDay(before.day),
        prevClose: tradePrice(contract, prevClose),
        volume: traded(contract, window, { from: window.from, to: asOf }),
        openInterest: activity(contract, window).openInterest,
      };
    },
  };
}

/** The day's bar is of the regular session; before that opens, of the trading that leads to it. */
function barPart(window: TradingWindow, asOf: number): Span {
  const { from, openAt, closeAt } = window;
  return asOf < openAt ? { from, to: openAt } : { from: openAt, to: closeAt };
}

function samplesFor(contract: Contract): number {
  return contract.option === undefined ? SAMPLES : OPTION_SAMPLES;
}

function flat(price: number): PriceBar {
  return { open: price, high: price, low: price, close: price };
}

function rounded(contract: Contract, bar: PriceBar): Readonly<Record<keyof PriceBar, Decimal>> {
  const at = (price: number): Decimal => tradePrice(contract, price);
  return { open: at(bar.open), high: at(bar.high), low: at(bar.low), close: at(bar.close) };
}
