import { epochMs, type EpochMs } from '../../core/clock.ts';
import { add, decimal, divide, multiply, roundToStep, toNumber, type Decimal } from '../../core/decimal.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract, Market, MarketDay, MarketQuote } from '../engine/market.ts';
import { dividendsOf } from './corporate-events.ts';
import { decimalText, numberText, zuluTime } from '../wire-text.ts';

const TWO = decimal(2);
const LOW_LIMIT = decimal('0.9');
const HIGH_LIMIT = decimal('1.1');
const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const NO_HALT = { 'is-trading-halted': false, 'halt-start-time': -1, 'halt-end-time': -1 };

const priced = (key: string, value: Decimal | undefined): WireObject =>
  value === undefined ? {} : { [key]: decimalText(value) };

/** The snapshot of one contract (contract §3.9). An index has sizes, but neither bid nor ask nor mid. */
export function marketDataWire(market: Market, contract: Contract, now: EpochMs): WireObject {
  const quote = market.quote(contract, now);
  const day = market.day(contract, now);
  return {
    symbol: contract.symbol,
    'instrument-type': contract.instrumentType,
    'updated-at': zuluTime(now),
    ...bookWire(quote),
    ...priced('last', quote.last),
    ...priced('last-mkt', quote.last),
    ...dayWire(contract, day),
    ...(contract.instrumentType === 'Equity' ? equityWire(contract, day) : {}),
    ...yearWire(market, contract, now),
    ...NO_HALT,
    ...(contract.option === undefined ? {} : { 'open-interest': numberText(day.openInterest, 0) }),
  };
}

function bookWire({ bid, ask, bidSize, askSize, mark }: MarketQuote): WireObject {
  const mid = bid === undefined || ask === undefined ? undefined : divide(add(bid, ask), TWO);
  return {
    ...priced('bid', bid),
    'bid-size': decimalText(bidSize),
    ...priced('ask', ask),
    'ask-size': decimalText(askSize),
    ...priced('mid', mid),
    mark: decimalText(mark),
  };
}

const dayWire = ({ instrumentType }: Contract, day: MarketDay): WireObject => ({
  open: decimalText(day.open),
  'day-high-price': decimalText(day.high),
  'day-low-price': decimalText(day.low),
  'close-price-type': 'Regular',
  'prev-close': decimalText(day.prevClose),
  'prev-close-price-type': instrumentType === 'Index' ? 'Regular' : 'Final',
  'summary-date': day.date,
  'prev-close-date': day.prevDate,
  ...(instrumentType === 'Index' ? {} : { volume: numberText(day.volume, 0) }),
});

/** Beta, dividend and price band of a stock or fund. */
function equityWire({ ticks, listing }: Contract, { date, prevClose }: MarketDay): WireObject {
  const step = ticks.at(-1)?.step ?? prevClose;
  const dividend = dividendsOf(listing, toNumber(prevClose), date)?.past[0];
  return {
    ...(dividend === undefined
      ? {}
      : { 'dividend-amount': numberText(dividend.amount, 2), 'dividend-frequency': '4.0' }),
    beta: numberText(listing.fundamentals.beta, 6),
    'low-limit-price': decimalText(roundToStep(multiply(prevClose, LOW_LIMIT), step)),
    'high-limit-price': decimalText(roundToStep(multiply(prevClose, HIGH_LIMIT), step)),
  };
}

function yearWire(market: Market, contract: Contract, now: EpochMs): WireObject {
  if (contract.option !== undefined) return {};
  const year = market.bar(contract, { from: epochMs(now - YEAR_MS), to: now, asOf: now });
  if (year === undefined) return {};
  return { 'year-low-price': decimalText(year.low), 'year-high-price': decimalText(year.high) };
}
