import type { EpochMs } from '../../core/clock.ts';
import { toNumber } from '../../core/decimal.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract, Listing, Market } from '../engine/market.ts';
import { numberText, zuluTime } from '../wire-text.ts';
import { dividendsOf, earningsOf } from './corporate-events.ts';
import { daysTo } from './instrument-wire.ts';
import { impliedHistory, realizedVolatility } from './metrics-history.ts';

const FRACTION_PLACES = 9;
const POINT_PLACES = 2;
const LIQUIDITY_STEP = 225_000;

const fraction = (value: number): string => numberText(value, FRACTION_PLACES);
/** The other unit of this object: percent points. */
const points = (value: number): string => numberText(value * 100, POINT_PLACES);

/** The metrics of one listing (contract §3.10). Ranks and the index are fractions, the five day-volatilities percent points. */
export function metricsWire(market: Market, contract: Contract, now: EpochMs): WireObject {
  const { listing } = contract;
  const price = toNumber(market.quote(contract, now).mark);
  return {
    symbol: contract.symbol,
    ...impliedWire(market, contract, now),
    ...liquidityWire(listing),
    'updated-at': zuluTime(now),
    'option-expiration-implied-volatilities': expirationsWire(market, contract, now),
    beta: fraction(listing.fundamentals.beta),
    'beta-updated-at': zuluTime(now),
    'corr-spy-3month': numberText(correlation(listing), POINT_PLACES),
    ...dividendWire(market, listing, { price, now }),
    ...earningsWire(market, listing, now),
    'listed-market': listing.listedMarket,
    lendability: listing.fundamentals.easyToBorrow ? 'Easy To Borrow' : 'Locate Required',
    'borrow-rate': listing.fundamentals.easyToBorrow ? '0.0' : '12.5',
    ...companyWire(listing, price),
  };
}

function impliedWire(market: Market, contract: Contract, now: EpochMs): WireObject {
  const implied = impliedHistory(market, contract.symbol, now);
  const realized = (days: number): number => realizedVolatility(market, contract, { days, now });
  const past30 = realized(30);
  return {
    'implied-volatility-index': fraction(implied.index),
    'implied-volatility-index-5-day-change': fraction(implied.fiveDayChange),
    'implied-volatility-index-rank': fraction(implied.rank),
    'tos-implied-volatility-index-rank': fraction(implied.rank),
    'tw-implied-volatility-index-rank': fraction(implied.rank),
    'tos-implied-volatility-index-rank-updated-at': zuluTime(now),
    'implied-volatility-index-rank-source': 'tos',
    'implied-volatility-percentile': fraction(implied.percentile),
    'implied-volatility-updated-at': zuluTime(now),
    'implied-volatility-30-day': points(implied.index),
    'historical-volatility-30-day': points(past30),
    'historical-volatility-60-day': points(realized(60)),
    'historical-volatility-90-day': points(realized(90)),
    'iv-hv-30-day-difference': points(implied.index - past30),
  };
}

const liquidityWire = ({ fundamentals: { liquidity } }: Listing): WireObject => ({
  'liquidity-value': numberText(liquidity * LIQUIDITY_STEP, 1),
  'liquidity-rank': fraction(liquidity / 4),
  'liquidity-rating': liquidity,
});

const correlation = ({ fundamentals: { beta } }: Listing): number => Math.max(-0.95, Math.min(0.95, beta * 0.65));

function expirationsWire(market: Market, contract: Contract, now: EpochMs): readonly WireObject[] {
  return market.expirations(contract.symbol, now).map(({ date, settlement }) => ({
    'expiration-date': date,
    'option-chain-type': 'Standard',
    'settlement-type': settlement,
    'implied-volatility': fraction(market.volatility(contract.symbol, Math.max(daysTo(date, now), 1), now)),
  }));
}

function dividendWire(market: Market, listing: Listing, at: { price: number; now: EpochMs }): WireObject {
  const events = dividendsOf(listing, at.price, market.calendar.dateAt(at.now));
  if (events === undefined) return { 'dividend-rate-per-share': '0.0', 'dividend-yield': '0.0' };
  return {
    'dividend-rate-per-share': numberText(events.past[0]?.amount ?? 0, POINT_PLACES),
    'annual-dividend-per-share': numberText((events.past[0]?.amount ?? 0) * 4, POINT_PLACES),
    'dividend-yield': fraction(listing.fundamentals.dividendYield),
    'dividend-ex-date': events.past[0]?.date,
    'dividend-next-date': events.next,
    'dividend-updated-at': zuluTime(at.now),
  };
}

function earningsWire(market: Market, listing: Listing, now: EpochMs): WireObject {
  const events = earningsOf(listing, market.calendar.dateAt(now));
  if (events === undefined) return {};
  const [last] = events.past;
  return {
    earnings: {
      visible: true,
      'expected-report-date': events.next,
      estimated: true,
      'late-flag': 0,
      'quarter-end-date': last?.date,
      'actual-eps': numberText(last?.amount ?? 0, POINT_PLACES),
      'consensus-estimate': numberText((last?.amount ?? 0) * 0.97, POINT_PLACES),
      'time-of-day': 'AMC',
      'updated-at': zuluTime(now),
    },
  };
}

function companyWire({ fundamentals }: Listing, price: number): WireObject {
  const { sharesOutstanding, earningsPerShare, sector, industry } = fundamentals;
  return {
    ...(sharesOutstanding === undefined ? {} : { 'market-cap': Math.round(sharesOutstanding * price) }),
    'price-earnings-ratio': earningsPerShare === undefined ? '0.0' : numberText(price / earningsPerShare, POINT_PLACES),
    'earnings-per-share': numberText(earningsPerShare ?? 0, POINT_PLACES),
    sector,
    industry,
  };
}
