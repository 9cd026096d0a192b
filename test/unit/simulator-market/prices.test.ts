import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { EpochMs } from '../../../src/core/clock.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';
import type { Contract, Market } from '../../../src/simulator/engine/market.ts';
import { createBrownianWalk, YEAR_MS } from '../../../src/simulator/engine/prices/brownian-walk.ts';

const at = (iso: string): EpochMs => epochMs(Date.parse(iso));
const NOW = at('2026-11-23T15:00:00Z');
const DAY_MS = 86_400_000;

const contractOf = (market: Market, symbol: string, when: EpochMs = NOW): Contract => {
  const contract = market.find(symbol, when);
  if (contract === undefined) throw new Error(`${symbol} is not listed`);
  return contract;
};
const mark = (market: Market, symbol: string, when: EpochMs): number =>
  Number(market.quote(contractOf(market, symbol), when).mark);

describe('the random walk', () => {
  it('gains a variance of 1 a year over short spans', () => {
    const walk = createBrownianWalk({ seed: 'variance', name: 'market', horizonLevel: 35 });
    for (const step of [60_000, 3_600_000, DAY_MS]) {
      const steps = Array.from(
        { length: 2000 },
        (_, index) => walk(NOW + (index + 1) * step) - walk(NOW + index * step),
      );
      const variance = steps.reduce((sum, change) => sum + change * change, 0) / steps.length;
      expect((variance * YEAR_MS) / step).toBeGreaterThan(0.85);
      expect((variance * YEAR_MS) / step).toBeLessThan(1.15);
    }
  });

  it('never jumps, not even where its cells meet', () => {
    const walk = createBrownianWalk({ seed: 'continuity', name: 'market', horizonLevel: 31 });
    for (const size of [10, 19, 25, 31]) {
      const border = Math.ceil(NOW / 2 ** size) * 2 ** size;
      expect(Math.abs(walk(border) - walk(border - 0.001))).toBeLessThan(1e-6);
    }
  });

  it('comes home over the years', () => {
    const walk = createBrownianWalk({ seed: 'home', name: 'market', horizonLevel: 35 });
    for (let year = 0; year < 40; year += 1) expect(Math.abs(walk(NOW + year * YEAR_MS))).toBeLessThan(4);
  });
});

describe('prices', () => {
  it('are the same for the same seed, in whatever order they are asked', () => {
    const instants = Array.from({ length: 40 }, (_, index) => epochMs(NOW + index * 7_654_321));
    const symbols = ['SPY', 'TSLA', 'VIX', 'BTC/USD', '/ESZ6', 'SPY   261218P00760000'];
    const tell = (market: Market, whens: readonly EpochMs[]) =>
      new Map(whens.map((when) => [when, symbols.map((symbol) => market.quote(contractOf(market, symbol), when))]));
    const forward = tell(createMarket({ seed: 'order' }), instants);
    const backward = tell(createMarket({ seed: 'order' }), instants.toReversed());
    for (const when of instants) expect(backward.get(when)).toEqual(forward.get(when));
  });

  it('differ between seeds', () => {
    const [one, other] = [createMarket({ seed: 'one' }), createMarket({ seed: 'other' })];
    expect(mark(one, 'SPY', NOW)).not.toBe(mark(other, 'SPY', NOW));
  });

  it('start from where the real ones were', () => {
    const market = createMarket({ seed: 'anchor' });
    const friday = at('2026-11-20T21:00:00Z');
    expect(mark(market, 'SPX', friday)).toBe(7674.37);
    expect(mark(market, 'AAPL', friday)).toBe(309.35);
  });

  it('of SPY and QQQ move together, of SPY and VIX against each other', () => {
    const market = createMarket({ seed: 'correlation', alwaysOpen: true });
    const returns = (symbol: string) =>
      Array.from({ length: 500 }, (_, index) =>
        Math.log(
          mark(market, symbol, epochMs(NOW + (index + 1) * 3_600_000)) /
            mark(market, symbol, epochMs(NOW + index * 3_600_000)),
        ),
      );
    const spy = returns('SPY');
    expect(correlation(spy, returns('QQQ'))).toBeGreaterThan(0.8);
    expect(correlation(spy, returns('AAPL'))).toBeGreaterThan(0.4);
    expect(correlation(spy, returns('GLD'))).toBeLessThan(0.4);
    expect(correlation(spy, returns('VIX'))).toBeLessThan(-0.2);
  });

  it('of a fund follow its index', () => {
    const market = createMarket({ seed: 'tracking' });
    for (const hours of [0, 1, 25, 500]) {
      const when = epochMs(NOW + hours * 3_600_000);
      expect(mark(market, 'SPY', when) / mark(market, 'SPX', when)).toBeCloseTo(0.0998, 3);
    }
  });

  it('stand still outside the session, and each market keeps its own hours', () => {
    const market = createMarket({ seed: 'hours' });
    const [saturday, sunday] = [at('2026-11-21T15:00:00Z'), at('2026-11-22T15:00:00Z')];
    for (const symbol of ['SPY', 'SPX', '/ESZ6', 'SPY   261218C00770000']) {
      expect(market.quote(contractOf(market, symbol), sunday)).toEqual(
        market.quote(contractOf(market, symbol), saturday),
      );
    }
    expect(mark(market, 'BTC/USD', sunday)).not.toBe(mark(market, 'BTC/USD', saturday));
    const [night, later] = [at('2026-11-24T04:00:00Z'), at('2026-11-24T05:00:00Z')];
    expect(mark(market, '/ESZ6', later)).not.toBe(mark(market, '/ESZ6', night));
    expect(mark(market, 'SPY', later)).toBe(mark(market, 'SPY', night));
    const [premarket, opening] = [at('2026-11-24T13:30:00Z'), at('2026-11-24T14:20:00Z')];
    expect(mark(market, 'SPY', opening)).not.toBe(mark(market, 'SPY', premarket));
    expect(mark(market, 'SPX', opening)).toBe(mark(market, 'SPX', premarket));
  });

  it('never stand still in an always-open market', () => {
    const market = createMarket({ seed: 'hours', alwaysOpen: true });
    const [saturday, later] = [at('2026-11-21T15:00:00Z'), at('2026-11-21T15:05:00Z')];
    for (const symbol of ['SPY', 'SPX', '/ESZ6', 'SPY   261218C00770000']) {
      expect(market.quote(contractOf(market, symbol), later).mark).not.toBe(
        market.quote(contractOf(market, symbol), saturday).mark,
      );
    }
  });
});

describe('a commanded move', () => {
  it('lifts the listing from its instant on, and nothing else', () => {
    const [moved, still] = [createMarket({ seed: 'moves' }), createMarket({ seed: 'moves' })];
    moved.move({ symbol: 'AAPL', at: NOW, factor: 1.2 });
    const before = epochMs(NOW - 1);
    expect(moved.quote(contractOf(moved, 'AAPL'), before)).toEqual(still.quote(contractOf(still, 'AAPL'), before));
    expect(mark(moved, 'AAPL', NOW) / mark(still, 'AAPL', NOW)).toBeCloseTo(1.2, 5);
    expect(mark(moved, 'MSFT', NOW)).toBe(mark(still, 'MSFT', NOW));
    expect(Number(moved.day(contractOf(moved, 'AAPL'), NOW).high)).toBeGreaterThan(mark(still, 'AAPL', NOW) * 1.19);
  });

  it('shows at once in options and futures, also when asked before', () => {
    const market = createMarket({ seed: 'moves' });
    const call = contractOf(market, './ESZ6 ESZ6  261218C7700');
    const [price, future] = [market.quote(call, NOW), mark(market, '/ESZ6', NOW)];
    market.move({ symbol: '/ES', at: NOW, factor: 1.05 });
    expect(mark(market, '/ESZ6', NOW) / future).toBeCloseTo(1.05, 5);
    expect(Number(market.quote(call, NOW).mark)).toBeGreaterThan(Number(price.mark) + 200);
  });

  it('adds up with others, in order of time whatever the order of command', () => {
    const market = createMarket({ seed: 'moves' });
    const base = mark(market, 'KO', epochMs(NOW + 2000));
    market.move({ symbol: 'KO', at: epochMs(NOW + 1000), factor: 2 });
    market.move({ symbol: 'KO', at: NOW, factor: 0.75 });
    expect(mark(market, 'KO', epochMs(NOW + 2000)) / base).toBeCloseTo(1.5, 5);
  });

  it('is refused for an unknown listing and an impossible factor', () => {
    const market = createMarket({ seed: 'moves' });
    expect(() => market.move({ symbol: 'ZZZZ', at: NOW, factor: 1.1 })).toThrow(RangeError);
    for (const factor of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => market.move({ symbol: 'SPY', at: NOW, factor })).toThrow(RangeError);
    }
  });
});

describe('days and bars', () => {
  const market = createMarket({ seed: 'days' });
  const instants = fc.integer({ min: 0, max: 400 * 24 * 60 }).map((minutes) => epochMs(NOW - minutes * 60_000));

  it('take the previous close from the walk at that close', () => {
    for (const symbol of ['SPY', 'SPX', 'AAPL']) {
      const day = market.day(contractOf(market, symbol), at('2026-11-24T16:00:00Z'));
      expect([day.date, day.prevDate]).toEqual(['2026-11-24', '2026-11-23']);
      const close = market.quote(contractOf(market, symbol), at('2026-11-23T21:00:00Z'));
      expect(day.prevClose).toBe(close.last);
      expect(market.day(contractOf(market, symbol), at('2026-11-23T23:30:00Z')).close).toBe(close.last);
    }
  });

  it('hold the last trade of the session between low and high', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('SPY', 'F', 'SPX', 'BTC/USD', 'THNQ', 'SPY   261218P00760000'),
        instants,
        (symbol, when) => {
          const contract = contractOf(market, symbol);
          const { open, high, low, close } = market.day(contract, when);
          for (const price of [open, close]) {
            expect(Number(price)).toBeGreaterThanOrEqual(Number(low));
            expect(Number(price)).toBeLessThanOrEqual(Number(high));
          }
          expect(Number(low)).toBeGreaterThan(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gather volume through the day', () => {
    const volumes = ['14:31', '15:00', '18:00', '21:00'].map(
      (time) => market.day(contractOf(market, 'SPY'), at(`2026-11-24T${time}:00Z`)).volume,
    );
    expect(volumes).toEqual(volumes.toSorted((a, b) => a - b));
    expect(volumes[0]).toBeGreaterThan(0);
    expect(volumes[3]).toBeGreaterThan(20_000_000);
    expect(market.day(contractOf(market, 'SPX'), NOW).volume).toBe(0);
  });

  it('tell open interest of options and futures, the same all day', () => {
    const option = contractOf(market, 'SPY   261218C00770000');
    const morning = market.day(option, at('2026-11-24T15:00:00Z')).openInterest;
    expect(morning).toBeGreaterThan(100);
    expect(market.day(option, at('2026-11-24T20:00:00Z')).openInterest).toBe(morning);
    expect(market.day(contractOf(market, '/ESZ6'), NOW).openInterest).toBeGreaterThan(
      market.day(contractOf(market, '/ESH7'), NOW).openInterest,
    );
    expect(market.day(contractOf(market, 'SPY'), NOW).openInterest).toBe(0);
  });

  it('join: an hour’s bars touch, and are none while the market is closed', () => {
    const spy = contractOf(market, 'SPY');
    const hour = (time: string, asOf = at('2026-11-25T00:00:00Z')) => {
      const from = at(`2026-11-24T${time}:00Z`);
      return market.bar(spy, { from, to: epochMs(from + 3_600_000), asOf });
    };
    expect(hour('15:00')?.close).toBe(hour('16:00')?.open);
    expect(hour('03:00')).toBeUndefined();
    expect(hour('15:00', at('2026-11-24T14:59:00Z'))).toBeUndefined();
    expect(hour('15:00', at('2026-11-24T15:30:00Z'))?.close).toBe(market.quote(spy, at('2026-11-24T15:30:00Z')).last);
  });

  it('agree: the bar of a session is the day', () => {
    const spy = contractOf(market, 'SPY');
    const [from, to] = [at('2026-11-24T14:30:00Z'), at('2026-11-24T21:00:00Z')];
    const bar = market.bar(spy, { from, to, asOf: to });
    const { open, high, low, close } = market.day(spy, to);
    expect(bar).toMatchObject({ open, high, low, close });
  });

  it('are of each calendar day in New York when the market never closes', () => {
    const endless = createMarket({ seed: 'days', alwaysOpen: true });
    const saturday = endless.day(contractOf(endless, 'SPY'), at('2026-11-21T17:00:00Z'));
    expect([saturday.date, saturday.prevDate]).toEqual(['2026-11-21', '2026-11-20']);
    const midnight = endless.quote(contractOf(endless, 'SPY'), at('2026-11-21T05:00:00Z'));
    expect([saturday.open, saturday.prevClose]).toEqual([midnight.last, midnight.last]);
  });

  it('reach back for years', () => {
    const spy = contractOf(market, 'SPY');
    const year = market.bar(spy, { from: at('2020-01-01T05:00:00Z'), to: at('2021-01-01T05:00:00Z'), asOf: NOW });
    expect(Number(year?.high)).toBeGreaterThan(Number(year?.low));
    expect(year?.volume).toBeGreaterThan(1_000_000_000);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = mean(a.map((value, index) => (value - meanA) * ((b[index] ?? meanB) - meanB)));
  return (
    product / Math.sqrt(mean(a.map((value) => (value - meanA) ** 2)) * mean(b.map((value) => (value - meanB) ** 2)))
  );
}
