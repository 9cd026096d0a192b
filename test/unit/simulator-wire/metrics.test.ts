import { describe, expect, it } from 'vitest';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';
import { dividendsOf, earningsOf } from '../../../src/simulator/rest/corporate-events.ts';
import { impliedHistory, realizedVolatility } from '../../../src/simulator/rest/metrics-history.ts';

const NOW = epochMs(Date.UTC(2026, 10, 23, 15, 0, 0));
const market = createMarket({ seed: 'metrics' });
const listing = (symbol: string) => {
  const found = market.listings.find((one) => one.symbol === symbol);
  if (found === undefined) throw new Error(`Not listed: ${symbol}`);
  return found;
};
const contract = (symbol: string) => {
  const found = market.find(symbol, NOW);
  if (found === undefined) throw new Error(`Not found: ${symbol}`);
  return found;
};

describe('metrics of the simulated market', () => {
  it('rank today’s volatility within its own past year', () => {
    for (const symbol of ['SPY', 'AAPL', 'TSLA']) {
      for (const daysAgo of [0, 40, 200]) {
        const at = epochMs(NOW - daysAgo * 86_400_000);
        const { index, rank, percentile } = impliedHistory(market, symbol, at);
        expect(index).toBe(market.volatility(symbol, 30, at));
        expect(rank).toBeGreaterThanOrEqual(0);
        expect(rank).toBeLessThanOrEqual(1);
        expect(percentile).toBeGreaterThanOrEqual(0);
        expect(percentile).toBeLessThan(1);
      }
    }
  });

  it('measure realized volatility from closes: a stock’s is in the neighbourhood of the implied one', () => {
    const realized = realizedVolatility(market, contract('AAPL'), { days: 90, now: NOW });
    const implied = market.volatility('AAPL', 30, NOW);
    expect(realized).toBeGreaterThan(implied / 4);
    expect(realized).toBeLessThan(implied * 4);
  });

  it('pay dividends and report earnings once a quarter, on days that do not move with the present', () => {
    const today = dividendsOf(listing('AAPL'), 300, isoDate('2026-11-23'));
    const earlier = dividendsOf(listing('AAPL'), 300, isoDate('2026-06-15'));
    expect(today?.past.length).toBeGreaterThan(3);
    expect(today?.past.map(({ date }) => date)).toContain(earlier?.past[0]?.date);
    expect(today?.past.map(({ date }) => date)).toContain(earlier?.next);
    expect(today?.past[0]?.date && today.past[0].date <= '2026-11-23').toBe(true);
    expect(today && today.next > '2026-11-23').toBe(true);
    const reports = earningsOf(listing('AAPL'), isoDate('2026-11-23'));
    expect(reports?.past.every(({ date }) => ![0, 6].includes(new Date(`${date}T12:00:00Z`).getUTCDay()))).toBe(true);
  });

  it('have neither for what is no company', () => {
    expect(earningsOf(listing('SPY'), isoDate('2026-11-23'))).toBeUndefined();
    expect(dividendsOf(listing('BTC/USD'), 90_000, isoDate('2026-11-23'))).toBeUndefined();
    expect(dividendsOf(listing('SPX'), 7_600, isoDate('2026-11-23'))).toBeUndefined();
  });
});
