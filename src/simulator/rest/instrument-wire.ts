import { createHash } from 'node:crypto';
import { newYorkDay } from '../engine/calendar/new-york.ts';
import { parseCivilDay } from '../engine/calendar/civil-day.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { IsoDate } from '../../broker/model/symbol.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract, FuturesProduct, Listing, Tick } from '../engine/market.ts';
import { decimalText, offsetTime } from '../wire-text.ts';

const ID_RANGE = 20_000_000;

/** A record id that is the same for a name in every run. */
export const recordId = (name: string): number =>
  (createHash('sha256').update(name).digest().readUInt32BE(0) % ID_RANGE) + 1;

/** The broker's tick table: the last entry has no threshold. */
export const tickSizes = (ticks: readonly Tick[]): readonly WireObject[] =>
  ticks.map(({ below, step }) => ({
    value: decimalText(step),
    ...(below === undefined ? {} : { threshold: decimalText(below) }),
  }));

/** Days of the calendar in New York, 0 on the day itself and negative after it. */
export const daysTo = (date: IsoDate, now: EpochMs): number => parseCivilDay(date) - newYorkDay(now);

/** Stocks, funds and indices: to the broker they are all of type Equity. */
export function equityWire(listing: Listing): WireObject {
  const { symbol, fundamentals } = listing;
  return {
    id: recordId(symbol),
    symbol,
    'instrument-type': 'Equity',
    'short-description': listing.description,
    'is-index': listing.kind === 'index',
    'listed-market': listing.listedMarket,
    description: listing.description,
    lendability: fundamentals.easyToBorrow ? 'Easy To Borrow' : 'Locate Required',
    'borrow-rate': fundamentals.easyToBorrow ? '0.0' : '12.5',
    'market-time-instrument-collection': 'Equity',
    'is-closing-only': false,
    'is-options-closing-only': false,
    active: true,
    'is-fractional-quantity-eligible': listing.kind !== 'index',
    'is-illiquid': false,
    'is-etf': listing.kind === 'etf',
    'bypass-manual-review': false,
    'is-fraud-risk': false,
    'overnight-trading-permitted': false,
    'streamer-symbol': symbol,
    'tick-sizes': tickSizes(listing.ticks),
    ...(listing.hasOptions ? { 'option-tick-sizes': tickSizes(listing.optionTicks) } : {}),
  };
}

export function cryptocurrencyWire(listing: Listing, streamerSymbol: string): WireObject {
  const step = listing.ticks.at(-1)?.step;
  return {
    id: recordId(listing.symbol),
    symbol: listing.symbol,
    'instrument-type': 'Cryptocurrency',
    'short-description': listing.description.split(' ')[0],
    description: listing.description,
    'is-closing-only': false,
    active: true,
    ...(step === undefined ? {} : { 'tick-size': decimalText(step) }),
    'streamer-symbol': streamerSymbol,
  };
}

/** Contracts to the broker: a listing of kind `future-product`. */
export function futureProductWire(listing: Listing, product: FuturesProduct): WireObject {
  const months = Array.from(product.months);
  const step = listing.ticks.at(-1)?.step;
  return {
    'root-symbol': listing.symbol,
    code: product.code,
    description: listing.description,
    'clearing-code': product.code,
    'clearing-exchange-code': '16',
    'clearport-code': product.code,
    'legacy-code': product.code,
    exchange: product.exchange,
    'legacy-exchange-code': product.exchange,
    'product-type': product.cashSettled ? 'Financial' : 'Physical',
    'listed-months': months,
    'active-months': months,
    'notional-multiplier': decimalText(listing.multiplier),
    ...(step === undefined ? {} : { 'tick-size': decimalText(step) }),
    'display-factor': '0.01',
    'streamer-exchange-code': product.streamerExchange,
    'small-notional': product.code.startsWith('M'),
    'back-month-first-calendar-symbol': true,
    'first-notice': !product.cashSettled,
    'cash-settled': product.cashSettled,
    'security-group': product.code,
    supported: true,
    'market-sector': product.sector,
    ...(product.underlyingIndex === undefined ? {} : { 'underlying-identifier': product.underlyingIndex }),
    roll: {
      name: product.cashSettled ? 'equity_index' : 'commodities',
      'active-count': 3,
      'cash-settled': product.cashSettled,
      'business-days-offset': 4,
      'first-notice': !product.cashSettled,
    },
  };
}

export type FutureContext = {
  readonly product: FuturesProduct;
  /** All dated futures of the product, nearest first. */
  readonly series: readonly Contract[];
};

export function futureWire(future: Contract, { product, series }: FutureContext): WireObject {
  const { listing } = future;
  const place = series.findIndex((other) => other.symbol === future.symbol);
  const next = series[place + 1]?.symbol;
  const step = future.ticks.at(-1)?.step;
  const lastDay = future.expiration;
  return {
    symbol: future.symbol,
    'product-code': product.code,
    'contract-size': decimalText(future.multiplier),
    ...(step === undefined ? {} : { 'tick-size': decimalText(step) }),
    'notional-multiplier': decimalText(future.multiplier),
    'main-fraction': '0.0',
    'sub-fraction': '0.0',
    'display-factor': '0.01',
    'last-trade-date': lastDay,
    'expiration-date': lastDay,
    'closing-only-date': lastDay,
    active: true,
    'active-month': place === 0,
    'next-active-month': place === 1,
    'is-closing-only': false,
    ...expiryTimes(future.expiresAt),
    'product-group': `${product.exchange}_${product.code}`,
    exchange: product.exchange,
    'exchange-symbol': future.symbol.slice(1),
    ...(next === undefined ? {} : { 'roll-target-symbol': next }),
    'security-id': String(recordId(future.symbol)),
    'streamer-exchange-code': product.streamerExchange,
    ...(future.streamerSymbol === undefined ? {} : { 'streamer-symbol': future.streamerSymbol }),
    'back-month-first-calendar-symbol': true,
    'is-tradeable': true,
    'future-product': futureProductWire(listing, product),
    'tick-sizes': tickSizes(future.ticks),
    'option-tick-sizes': tickSizes(listing.optionTicks),
    'spread-tick-sizes': series
      .filter((other) => other !== future)
      .map((other) => ({ value: step === undefined ? '0.0' : decimalText(step), symbol: other.symbol })),
  };
}

export function expiryTimes(expiresAt: EpochMs | undefined): WireObject {
  if (expiresAt === undefined) return {};
  return { 'stops-trading-at': offsetTime(expiresAt), 'expires-at': offsetTime(expiresAt) };
}
