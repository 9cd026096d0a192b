import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import type { EpochMs } from '../../../src/core/clock.ts';
import { createBoundedMemo } from '../../../src/simulator/engine/bounded-memo.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';
import type { Contract, Expiration } from '../../../src/simulator/engine/market.ts';

const market = createMarket({ seed: 'chains' });
const at = (iso: string): EpochMs => epochMs(Date.parse(iso));
const NOW = at('2026-11-23T15:00:00Z');
const DAY_MS = 86_400_000;

const dates = (chain: readonly Expiration[]) => chain.map(({ date }) => date);
const contracts = (chain: readonly Expiration[]): readonly Contract[] =>
  chain.flatMap(({ strikes }) => strikes.flatMap(({ call, put }) => [call, put]));

describe('expirations', () => {
  it('of SPY are daily, then weekly, monthly and years ahead', () => {
    const chain = market.expirations('SPY', NOW);
    expect(dates(chain).slice(0, 6)).toEqual([
      '2026-11-23',
      '2026-11-24',
      '2026-11-25',
      '2026-11-27',
      '2026-11-30',
      '2026-12-01',
    ]);
    const typeOf = (date: string) => chain.find((expiration) => expiration.date === date)?.type;
    expect([typeOf('2026-12-11'), typeOf('2026-12-18'), typeOf('2026-12-31'), typeOf('2029-01-19')]).toEqual([
      'Weekly',
      'Regular',
      'Quarterly',
      'Regular',
    ]);
    // Third Fridays that are no trading days: Juneteenth 2026, Good Friday 2025.
    expect(dates(market.expirations('SPY', at('2026-06-01T15:00:00Z')))).toContain('2026-06-18');
    expect(dates(market.expirations('SPY', at('2025-04-01T15:00:00Z')))).toContain('2025-04-17');
  });

  it('end one by one, at the bell', () => {
    const bell = at('2026-11-23T21:00:00Z');
    expect(dates(market.expirations('SPY', epochMs(bell - 1)))[0]).toBe('2026-11-23');
    expect(dates(market.expirations('SPY', bell))[0]).toBe('2026-11-24');
    expect(new Date(market.expirations('SPY', at('2026-11-27T15:00:00Z'))[0]?.expiresAt ?? 0).toISOString()).toBe(
      '2026-11-27T18:00:00.000Z',
    );
  });

  it.each([['SPY'], ['SPX'], ['/ES'], ['/CL'], ['/GC'], ['AAPL'], ['THNQ']])(
    'of %s are in order and of useful size',
    (underlying) => {
      const chain = market.expirations(underlying, NOW);
      const order = chain.map(({ date, contractCode }) => `${date} ${contractCode}`);
      expect(order).toEqual(order.toSorted());
      expect(new Set(order).size).toBe(order.length);
      expect(chain.length).toBeGreaterThan(10);
      for (const { strikes } of chain) {
        expect(strikes.length).toBeGreaterThanOrEqual(4);
        expect(strikes.length).toBeLessThanOrEqual(450);
      }
    },
  );

  it('surround the money with strikes at the usual steps', () => {
    const spot = Number(market.quote(found('SPY'), NOW).mark);
    const { strikes } = expirationOn('SPY', '2026-12-04');
    const near = strikes.map(({ strike }) => Number(strike)).filter((strike) => Math.abs(strike / spot - 1) < 0.03);
    expect(near.length).toBeGreaterThan(30);
    expect(near.every((strike, index) => index === 0 || strike - (near[index - 1] ?? 0) === 1)).toBe(true);
    const steps = new Set(expirationOn('SPX', '2028-01-21').strikes.map(({ strike }) => Number(strike) % 50));
    expect([...steps]).toEqual([0]);
  });

  it('are none for what has no options', () => {
    expect(market.expirations('BTC/USD', NOW)).toEqual([]);
    expect(market.expirations('DDCO', NOW)).toEqual([]);
    expect(market.expirations('ZZZZ', NOW)).toEqual([]);
  });

  it('price in pennies where the exchange does', () => {
    const ticks = (symbol: string) => found(symbol).listing.optionTicks.map(({ below, step }) => [below, step]);
    expect(ticks('SPY')).toEqual([[undefined, '0.01']]);
    expect(ticks('AAPL')).toEqual([
      ['3', '0.01'],
      [undefined, '0.05'],
    ]);
    expect(ticks('SPX')).toEqual([
      ['3', '0.05'],
      [undefined, '0.1'],
    ]);
  });
});

describe('a listed strike', () => {
  it('stays listed until it expires, wherever the price goes', () => {
    const listed = expirationOn('NVDA', '2027-01-15').strikes.map(({ call }) => call.symbol);
    const wild = createMarket({ seed: 'chains' });
    wild.move({ symbol: 'NVDA', at: epochMs(NOW + DAY_MS), factor: 0.5 });
    for (const days of [1, 3, 10, 52]) {
      const later = epochMs(NOW + days * DAY_MS);
      expect(listed.filter((symbol) => wild.find(symbol, later)?.symbol !== symbol)).toEqual([]);
    }
  });

  it('is joined by new ones around a price that moved, at once', () => {
    const moved = createMarket({ seed: 'chains' });
    const before = found('AAPL');
    const half = Number(moved.quote(before, NOW).mark) / 2;
    const lowest = (when: EpochMs) =>
      Number(moved.expirations('AAPL', when).find(({ date }) => date === '2026-12-04')?.strikes[0]?.strike);
    const quiet = lowest(NOW);
    moved.move({ symbol: 'AAPL', at: epochMs(NOW + 60_000), factor: 0.5 });
    expect(lowest(NOW)).toBe(quiet);
    expect(lowest(epochMs(NOW + 60_000))).toBeLessThan(half);
  });
});

describe('a chain', () => {
  it('is built once for a day', () => {
    const [first] = market.expirations('QQQ', NOW);
    const [again] = market.expirations('QQQ', epochMs(NOW + 3_600_000));
    expect(again).toBe(first);
  });

  it('finds each of its contracts by name, and only those that stream by streamer name', () => {
    for (const underlying of ['F', '/CL', 'RUT']) {
      for (const contract of contracts(market.expirations(underlying, NOW))) {
        expect(market.find(contract.symbol, NOW)).toBe(contract);
        if (contract.streamerSymbol !== undefined)
          expect(market.findByStreamerSymbol(contract.streamerSymbol, NOW)).toBe(contract);
      }
    }
  });

  it('has a few contracts without streamer symbol and a few dead ones, far from the money', () => {
    const all = contracts(market.expirations('SPY', NOW));
    const spot = Number(market.quote(found('SPY'), NOW).mark);
    const distance = (contract: Contract) => Math.abs(Number(contract.option?.strike) / spot - 1);
    const unstreamed = all.filter(({ streamerSymbol }) => streamerSymbol === undefined);
    const dead = all.filter(({ isDead }) => isDead);
    for (const few of [unstreamed, dead]) {
      expect(few.length).toBeGreaterThan(5);
      expect(few.length).toBeLessThan(all.length / 10);
      expect(Math.min(...few.map(distance))).toBeGreaterThan(0.05);
    }
    expect(contracts(market.expirations('/ES', NOW)).some(({ streamerSymbol }) => streamerSymbol === undefined)).toBe(
      true,
    );
  });

  it('gives every future option a future that outlives it', () => {
    for (const product of ['/ES', '/NQ', '/CL', '/GC']) {
      for (const { underlying, expiresAt } of market.expirations(product, NOW)) {
        expect(market.find(underlying, NOW)?.expiresAt).toBeGreaterThanOrEqual(expiresAt);
      }
    }
  });
});

describe('what is remembered', () => {
  it('is made once, bounded, and forgotten oldest first', () => {
    const made: number[] = [];
    const memo = createBoundedMemo<number, number>(2);
    const square = (value: number) => memo.get(value, () => (made.push(value), value * value));
    expect([square(2), square(3), square(2), square(4), square(3), square(2)]).toEqual([4, 9, 4, 16, 9, 4]);
    expect(made).toEqual([2, 3, 4, 2]);
    memo.clear();
    square(2);
    expect(made).toEqual([2, 3, 4, 2, 2]);
  });
});

function found(symbol: string): Contract {
  const contract = market.find(symbol, NOW);
  if (contract === undefined) throw new Error(`${symbol} is not listed`);
  return contract;
}

function expirationOn(underlying: string, date: string): Expiration {
  const expiration = market.expirations(underlying, NOW).find((candidate) => candidate.date === date);
  if (expiration === undefined) throw new Error(`${underlying} has nothing on ${date}`);
  return expiration;
}
