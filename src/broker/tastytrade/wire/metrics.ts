import * as z from 'zod';
import { date, maybeDate, maybeStatistic, maybeText, maybeTime, text } from './primitives.ts';
import { present } from './present.ts';
import type { MarketMetrics } from '../../model/reference.ts';
import { brokerSymbol } from '../../model/symbol.ts';
import { decimal, divide } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';

const HUNDRED = decimal('100');

/** Percent points (26.53) as a fraction (0.2653). */
const percentPoints = maybeStatistic.transform((points): Decimal | undefined =>
  points === undefined ? undefined : divide(points, HUNDRED),
);

const wireEarnings = z
  .object({
    'expected-report-date': maybeDate,
    estimated: z.boolean().nullish(),
    'time-of-day': maybeText,
  })
  .transform((wire) =>
    present({
      expectedDate: wire['expected-report-date'],
      isEstimated: wire.estimated,
      timeOfDay: wire['time-of-day'],
    }),
  );

const wireExpirationVolatility = z.object({ 'expiration-date': date, 'implied-volatility': maybeStatistic });

const wireExpirationVolatilities = z
  .array(wireExpirationVolatility)
  .nullish()
  .transform((rows) =>
    (rows ?? []).flatMap((row) => {
      const impliedVolatility = row['implied-volatility'];
      return impliedVolatility === undefined ? [] : [{ date: row['expiration-date'], impliedVolatility }];
    }),
  );

const fields = z.object({
  symbol: text,
  'implied-volatility-index': maybeStatistic,
  'implied-volatility-index-5-day-change': maybeStatistic,
  'implied-volatility-index-rank': maybeStatistic,
  'implied-volatility-percentile': maybeStatistic,
  'implied-volatility-30-day': percentPoints,
  'historical-volatility-30-day': percentPoints,
  'historical-volatility-60-day': percentPoints,
  'historical-volatility-90-day': percentPoints,
  'iv-hv-30-day-difference': percentPoints,
  beta: maybeStatistic,
  'corr-spy-3month': maybeStatistic,
  'liquidity-rating': maybeStatistic,
  'liquidity-rank': maybeStatistic,
  'liquidity-value': maybeStatistic,
  'market-cap': maybeStatistic,
  'price-earnings-ratio': maybeStatistic,
  'earnings-per-share': maybeStatistic,
  'dividend-yield': maybeStatistic,
  'dividend-next-date': maybeDate,
  'dividend-ex-date': maybeDate,
  earnings: wireEarnings.nullish(),
  'borrow-rate': maybeStatistic,
  lendability: maybeText,
  sector: maybeText,
  industry: maybeText,
  'listed-market': maybeText,
  'updated-at': maybeTime,
  'option-expiration-implied-volatilities': wireExpirationVolatilities,
});

type Fields = z.output<typeof fields>;

function volatilities(wire: Fields) {
  return present({
    impliedVolatility: wire['implied-volatility-index'],
    impliedVolatility5DayChange: wire['implied-volatility-index-5-day-change'],
    ivRank: wire['implied-volatility-index-rank'],
    ivPercentile: wire['implied-volatility-percentile'],
    impliedVolatility30Day: wire['implied-volatility-30-day'],
    historicalVolatility30Day: wire['historical-volatility-30-day'],
    historicalVolatility60Day: wire['historical-volatility-60-day'],
    historicalVolatility90Day: wire['historical-volatility-90-day'],
    ivHvDifference30Day: wire['iv-hv-30-day-difference'],
  });
}

function fundamentals(wire: Fields) {
  return present({
    beta: wire.beta,
    spyCorrelation3Month: wire['corr-spy-3month'],
    liquidityRating: wire['liquidity-rating'],
    liquidityRank: wire['liquidity-rank'],
    liquidityValue: wire['liquidity-value'],
    marketCap: wire['market-cap'],
    priceEarningsRatio: wire['price-earnings-ratio'],
    earningsPerShare: wire['earnings-per-share'],
    dividendYield: wire['dividend-yield'],
    dividendNextDate: wire['dividend-next-date'],
    dividendExDate: wire['dividend-ex-date'],
    earnings: wire.earnings,
    borrowRate: wire['borrow-rate'],
    lendability: wire.lendability,
    sector: wire.sector,
    industry: wire.industry,
    listedMarket: wire['listed-market'],
    updatedAt: wire['updated-at'],
  });
}

/** One underlying's metrics. The broker mixes two units of volatility; here all are fractions. */
export const wireMetrics = fields.transform((wire): MarketMetrics => ({
  ...volatilities(wire),
  ...fundamentals(wire),
  symbol: brokerSymbol(wire.symbol),
  expirationVolatilities: wire['option-expiration-implied-volatilities'],
}));
