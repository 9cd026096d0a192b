import { z } from 'zod';
import type { MarketMetrics } from '../broker/model/reference.ts';
import { quoted } from '../core/quoted.ts';
import { defineTool } from './define-tool.ts';
import { listOf, symbolField } from './support/input-fields.ts';
import { environmentField, environmentOf, isoOf, present } from './support/output-fields.ts';
import { heading, textTable } from './support/text-table.ts';

/** A row of nearly thirty fields, told by their names: they are all text, and speak for themselves. */
const metricsRow = z
  .looseObject({ symbol: z.string(), earnings_estimated: z.boolean().optional() })
  .describe(
    'As far as the broker tells: iv_rank, iv_percentile, implied_volatility, iv_5_day_change, iv_30_day, hv_30_day, hv_60_day, hv_90_day, iv_hv_difference_30_day, beta, spy_correlation_3_month, liquidity_rating, liquidity_rank, liquidity_value, market_cap, price_earnings_ratio, earnings_per_share, dividend_yield, dividend_next_date, dividend_ex_date, earnings_date, earnings_time, borrow_rate, lendability, sector, industry, updated_at, expirations.',
  );

export const getMarketMetrics = defineTool({
  name: 'get_market_metrics',
  title: 'Volatility and other metrics',
  description:
    'IV rank and percentile, implied and historical volatility, beta, liquidity, dividends and earnings of underlyings. Ranks and volatilities are fractions from 0 to 1 or more. A low IV rank says that options are cheap for this underlying (below 0.2), a high one that they are dear (above 0.8).',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    symbols: listOf(symbolField, { most: 100 }).meta({ examples: [['SPY', 'AAPL']] }),
    include_expirations: z.boolean().default(false).describe('With the implied volatility of each expiration.'),
  }),
  output: z.object({
    environment: environmentField,
    metrics: z.array(metricsRow),
    missing: z.array(z.string()).describe('Asked for, but the broker has no metrics.'),
  }),
  async handle({ symbols, include_expirations }, context) {
    const wanted = [...new Set(symbols)];
    const found = await context.broker.reference.metrics(wanted, { signal: context.signal });
    const bySymbol = new Map(found.map((metrics) => [String(metrics.symbol), metrics]));
    const metrics = wanted.flatMap((symbol) => {
      const row = bySymbol.get(symbol);
      return row === undefined ? [] : [toRow(row, include_expirations)];
    });
    const missing = wanted.filter((symbol) => !bySymbol.has(symbol));
    const table = textTable(metrics, {
      symbol: (row) => row.symbol,
      'iv rank': (row) => row.iv_rank,
      'iv pctl': (row) => row.iv_percentile,
      iv: (row) => row.implied_volatility,
      'hv 30': (row) => row.hv_30_day,
      beta: (row) => row.beta,
      liquidity: (row) => row.liquidity_rating,
      earnings: (row) => row.earnings_date,
    });
    const lines = [
      heading('Market metrics', environmentOf(context)),
      ...(metrics.length > 0 ? [table] : []),
      ...(missing.length > 0 ? [`No metrics for ${missing.join(', ')}.`] : []),
    ];
    return { data: { ...environmentOf(context), metrics, missing }, text: lines.join('\n') };
  },
});

function toRow(metrics: MarketMetrics, withExpirations: boolean) {
  const said = (text: string | undefined): string | undefined => (text === undefined ? undefined : quoted(text, 60));
  return present({
    symbol: metrics.symbol,
    iv_rank: metrics.ivRank,
    iv_percentile: metrics.ivPercentile,
    implied_volatility: metrics.impliedVolatility,
    iv_5_day_change: metrics.impliedVolatility5DayChange,
    iv_30_day: metrics.impliedVolatility30Day,
    hv_30_day: metrics.historicalVolatility30Day,
    hv_60_day: metrics.historicalVolatility60Day,
    hv_90_day: metrics.historicalVolatility90Day,
    iv_hv_difference_30_day: metrics.ivHvDifference30Day,
    beta: metrics.beta,
    spy_correlation_3_month: metrics.spyCorrelation3Month,
    liquidity_rating: metrics.liquidityRating,
    liquidity_rank: metrics.liquidityRank,
    liquidity_value: metrics.liquidityValue,
    market_cap: metrics.marketCap,
    price_earnings_ratio: metrics.priceEarningsRatio,
    earnings_per_share: metrics.earningsPerShare,
    dividend_yield: metrics.dividendYield,
    dividend_next_date: metrics.dividendNextDate,
    dividend_ex_date: metrics.dividendExDate,
    earnings_date: metrics.earnings?.expectedDate,
    earnings_estimated: metrics.earnings?.isEstimated,
    earnings_time: said(metrics.earnings?.timeOfDay),
    borrow_rate: metrics.borrowRate,
    lendability: said(metrics.lendability),
    sector: said(metrics.sector),
    industry: said(metrics.industry),
    updated_at: isoOf(metrics.updatedAt),
    expirations: withExpirations
      ? metrics.expirationVolatilities.map(({ date, impliedVolatility }) => ({
          date,
          implied_volatility: impliedVolatility,
        }))
      : undefined,
  });
}
