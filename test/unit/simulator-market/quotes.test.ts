import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { EpochMs } from '../../../src/core/clock.ts';
import { compare, isMultipleOf, roundTo, decimal } from '../../../src/core/decimal.ts';
import type { Decimal } from '../../../src/core/decimal.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';
import type { Contract, Tick } from '../../../src/simulator/engine/market.ts';

const market = createMarket({ seed: 'quotes' });
const at = (iso: string): EpochMs => epochMs(Date.parse(iso));
const NOW = at('2026-11-23T15:00:00Z');

const found = (symbol: string, when: EpochMs = NOW): Contract => {
  const contract = market.find(symbol, when);
  if (contract === undefined) throw new Error(`${symbol} is not listed`);
  return contract;
};
const isOnTick = (price: Decimal, ticks: readonly Tick[]): boolean => {
  const band = ticks.find(({ below }) => below === undefined || compare(price, below) < 0);
  return band !== undefined && isMultipleOf(price, band.step);
};

const everything: readonly Contract[] = [
  ...market.listings.flatMap(({ symbol }) => market.find(symbol, NOW) ?? market.futures(symbol, NOW)),
  ...['SPY', 'SPX', 'F', 'THNQ', '/ES', '/CL'].flatMap((underlying) =>
    market.expirations(underlying, NOW).flatMap(({ strikes }) => strikes.flatMap(({ call, put }) => [call, put])),
  ),
];

describe('a quote', () => {
  it('is never crossed, always on its ticks, and holds the fair value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...everything), fc.integer({ min: 0, max: 20_000_000 }), (contract, later) => {
        const { bid, ask, bidSize, askSize, last, mark } = market.quote(contract, epochMs(NOW + later));
        if (contract.expiresAt !== undefined && NOW + later >= contract.expiresAt) return;
        if (contract.isDead || contract.instrumentType === 'Index') {
          expect([bid, ask, bidSize, askSize]).toEqual([undefined, undefined, '0', '0']);
          return;
        }
        if (bid === undefined || ask === undefined || last === undefined)
          throw new Error('A live contract has both sides');
        expect(compare(bid, ask)).toBeLessThan(0);
        expect([bid, ask, last].filter((price) => !isOnTick(price, contract.ticks))).toEqual([]);
        expect(compare(mark, bid)).toBeGreaterThanOrEqual(0);
        expect(compare(mark, ask)).toBeLessThanOrEqual(0);
        expect(compare(last, bid)).toBeGreaterThanOrEqual(0);
        expect(compare(last, ask)).toBeLessThanOrEqual(0);
        expect(Number(askSize)).toBeGreaterThan(0);
        expect(Number(bidSize) > 0).toBe(bid !== '0');
      }),
      { numRuns: 1500 },
    );
  });

  it('is as wide as its market is thin', () => {
    const width = (symbol: string) => {
      const { bid, ask, mark } = market.quote(found(symbol), NOW);
      return (Number(ask) - Number(bid)) / Number(mark);
    };
    expect(width('SPY')).toBeLessThan(0.000_03);
    expect(width('THNQ')).toBeGreaterThan(0.008);
  });

  it('of an index is its level alone', () => {
    for (const symbol of ['SPX', 'VIX', 'NDX', 'RUT']) {
      const quote = market.quote(found(symbol), NOW);
      expect(quote).toEqual({ bidSize: '0', askSize: '0', last: quote.mark, mark: quote.mark });
    }
  });

  it('of a dead contract never comes', () => {
    const dead = everything.filter(({ isDead }) => isDead);
    expect(dead.map(({ symbol }) => symbol)).toContain('DDCO');
    expect(dead.length).toBeGreaterThan(5);
    for (const contract of dead) {
      const quote = market.quote(contract, NOW);
      expect([quote.bid, quote.ask, quote.last]).toEqual([undefined, undefined, undefined]);
      expect(market.greeks(contract, NOW)).toBeUndefined();
      expect(market.bar(contract, { from: epochMs(NOW - 3_600_000), to: NOW, asOf: NOW })).toBeUndefined();
      expect(market.day(contract, NOW)).toMatchObject({ volume: 0, openInterest: 0 });
    }
  });
});

describe('options', () => {
  it('are marked at the very price their greeks are of', () => {
    for (const contract of everything.filter(({ option, isDead }) => option !== undefined && !isDead)) {
      const greeks = market.greeks(contract, NOW);
      if (greeks === undefined) throw new Error(`${contract.symbol} has no greeks`);
      expect(market.quote(contract, NOW).mark).toBe(roundTo(decimal(greeks.price.toFixed(12)), 4));
    }
  });

  it.each([['SPY'], ['SPX'], ['/ES'], ['TSLA'], ['/GC'], ['TLT']])(
    'of %s leave no arbitrage along the strikes',
    (underlying) => {
      for (const { strikes } of market.expirations(underlying, NOW)) {
        const prices = strikes.map(({ strike, call, put }) => ({
          strike: Number(strike),
          call: Number(market.quote(call, NOW).mark),
          put: Number(market.quote(put, NOW).mark),
        }));
        for (const [index, here] of prices.entries()) {
          const before = prices[index - 1];
          if (before === undefined) continue;
          const step = here.strike - before.strike;
          expect(here.call - before.call).toBeLessThan(1e-3);
          expect(before.call - here.call).toBeLessThan(step + 1e-3);
          expect(before.put - here.put).toBeLessThan(1e-3);
          expect(here.put - before.put).toBeLessThan(step + 1e-3);
        }
      }
    },
  );

  it('cost more on the way down, and more further out in time', () => {
    const volatility = (symbol: string) => market.greeks(found(symbol), NOW)?.volatility ?? 0;
    expect(volatility('SPY   261218P00700000')).toBeGreaterThan(volatility('SPY   261218P00765000') * 1.05);
    const year = Number(market.quote(found('SPY   271119C00770000'), NOW).mark);
    expect(year).toBeGreaterThan(2 * Number(market.quote(found('SPY   261218C00770000'), NOW).mark));
    expect(market.volatility('SPY', 30, NOW)).toBeGreaterThan(0.08);
    expect(market.volatility('/ESZ6', 30, NOW)).toBe(market.volatility('/ES', 30, NOW));
    expect(() => market.volatility('ZZZZ', 30, NOW)).toThrow(RangeError);
  });

  it('settle at what they are worth when they expire, for good', () => {
    const call = found('SPXW  261127C07500000');
    const bell = at('2026-11-27T18:00:00Z');
    const index = Number(market.quote(found('SPX'), bell).last);
    const settled = market.quote(call, bell);
    expect(Number(settled.last)).toBeCloseTo(Math.max(0, index - 7500), 1);
    expect([settled.bid, settled.ask, settled.mark]).toEqual([undefined, undefined, settled.last]);
    expect(market.quote(call, at('2026-12-09T15:00:00Z'))).toEqual(settled);
    expect(market.greeks(call, bell)).toBeUndefined();
    const [, morning] = [
      market.quote(found('SPX'), at('2026-12-17T21:00:00Z')),
      market.quote(found('SPX'), at('2026-12-18T14:30:00Z')),
    ];
    const opening = market.quote(found('SPX   261218P09000000'), at('2026-12-18T16:00:00Z'));
    expect(Number(opening.last)).toBeCloseTo(9000 - Number(morning.last), 1);
  });

  it('of a future settle against that future', () => {
    const put = found('./ESZ6 EW4X6 261127P8500');
    const bell = epochMs(put.expiresAt ?? 0);
    const future = Number(market.quote(found('/ESZ6'), bell).mark);
    expect(Number(market.quote(put, bell).last)).toBeCloseTo(8500 - future, 1);
  });
});

describe('futures', () => {
  it('stand above their index by the cost of carrying it, and meet it in the end', () => {
    const [near, far] = market.futures('/ES', NOW).map((future) => Number(market.quote(future, NOW).mark));
    expect(far ?? 0).toBeGreaterThan(near ?? 0);
    const expiring = found('/ESZ6');
    const end = epochMs(expiring.expiresAt ?? 0);
    expect(Number(market.quote(expiring, end).last)).toBeCloseTo(Number(market.quote(found('SPX'), end).last), 1);
  });
});
