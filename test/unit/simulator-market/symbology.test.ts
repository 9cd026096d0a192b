import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import { createMarket } from '../../../src/simulator/engine/create-market.ts';

const market = createMarket({ seed: 'symbology' });
const at = (iso: string) => epochMs(Date.parse(iso));
const NOW = at('2026-11-23T15:00:00Z');

describe('listings', () => {
  it('are twenty and more equities, funds and indices, four futures products and two currency pairs', () => {
    const kinds = Map.groupBy(market.listings, ({ kind }) => kind);
    expect(kinds.get('equity')?.length).toBeGreaterThanOrEqual(16);
    expect(kinds.get('etf')?.map(({ symbol }) => symbol)).toEqual(['SPY', 'QQQ', 'IWM', 'DIA', 'GLD', 'TLT']);
    expect(kinds.get('index')?.map(({ symbol }) => symbol)).toEqual(['SPX', 'NDX', 'RUT', 'VIX']);
    expect(kinds.get('future-product')?.map(({ symbol }) => symbol)).toEqual(['/ES', '/NQ', '/CL', '/GC']);
    expect(kinds.get('crypto')?.map(({ symbol }) => symbol)).toEqual(['BTC/USD', 'ETH/USD']);
    expect(new Set(market.listings.map(({ symbol }) => symbol)).size).toBe(market.listings.length);
  });

  it.each([
    ['SPY', 'SPY', 'Equity', '1'],
    ['BRK/B', 'BRK/B', 'Equity', '1'],
    ['SPX', 'SPX', 'Index', '1'],
    ['BTC/USD', 'BTC/USD:CXTALP', 'Cryptocurrency', '1'],
    ['/ESZ6', '/ESZ26:XCME', 'Future', '50'],
    ['/NQH7', '/NQH27:XCME', 'Future', '20'],
    ['/CLF7', '/CLF27:XNYM', 'Future', '1000'],
    ['/GCG7', '/GCG27:XCEC', 'Future', '100'],
  ])('%s streams as %s', (symbol, streamerSymbol, instrumentType, multiplier) => {
    const contract = market.find(symbol, NOW);
    expect(contract).toMatchObject({ symbol, streamerSymbol, instrumentType, multiplier, underlying: symbol });
    expect(market.findByStreamerSymbol(streamerSymbol, NOW)).toBe(contract);
  });
});

describe('options', () => {
  it.each([
    ['SPY   261218C00770000', '.SPY261218C770', 'SPY', '100'],
    ['KO    261218C00073500', '.KO261218C73.5', 'KO', '100'],
    ['BRKB  261218P00510000', '.BRKB261218P510', 'BRK/B', '100'],
    ['SPX   261218C07700000', '.SPX261218C7700', 'SPX', '100'],
    ['SPXW  261218P07700000', '.SPXW261218P7700', 'SPX', '100'],
    ['./ESZ6 ESZ6  261218C7700', './ESZ26C7700:XCME', '/ESZ6', '50'],
    ['./ESZ6 EW4X6 261127P7700', './EW4X26P7700:XCME', '/ESZ6', '50'],
    ['./CLG7 LOG7  270114C60', './LOG27C60:XNYM', '/CLG7', '1000'],
  ])('%s streams as %s', (symbol, streamerSymbol, underlying, multiplier) => {
    const contract = market.find(symbol, NOW);
    expect(contract).toMatchObject({ symbol, streamerSymbol, underlying, multiplier });
    expect(market.findByStreamerSymbol(streamerSymbol, NOW)).toBe(contract);
  });

  it('bear the names recorded from the broker', () => {
    const monday = market
      .expirations('/ES', at('2026-06-29T15:00:00Z'))
      .find(({ contractCode }) => contractCode === 'E1AN6');
    expect(monday).toMatchObject({ date: '2026-07-06', underlying: '/ESU6', type: 'Weekly', settlement: 'PM' });
    expect(new Date(monday?.expiresAt ?? 0).toISOString()).toBe('2026-07-06T20:00:00.000Z');
    expect(monday?.strikes[0]?.call.symbol).toMatch(/^\.\/ESU6 E1AN6 260706C\d+$/u);
    expect(monday?.strikes.find(({ call }) => call.streamerSymbol !== undefined)?.call.streamerSymbol).toMatch(
      /^\.\/E1AN26C\d+:XCME$/u,
    );

    const gold = market
      .expirations('/GC', at('2025-05-30T15:00:00Z'))
      .find(({ contractCode }) => contractCode === 'OGN5');
    expect(gold).toMatchObject({ date: '2025-06-25', underlying: '/GCQ5', type: 'Regular' });
    expect(new Date(gold?.expiresAt ?? 0).toISOString()).toBe('2025-06-25T17:30:00.000Z');
    expect(gold?.strikes[0]?.put.symbol).toMatch(/^\.\/GCQ5 OGN5 {2}250625P\d+$/u);

    const fourthFriday = market
      .expirations('/ES', at('2023-06-11T15:00:00Z'))
      .find(({ date, type }) => date === '2023-07-28' && type === 'Weekly');
    expect(fourthFriday).toMatchObject({ contractCode: 'EW4N3', underlying: '/ESU3' });
  });

  it('settle index months in the morning and everything else in the afternoon', () => {
    const opening = market.find('SPX   261218C07700000', NOW);
    const closing = market.find('SPXW  261218C07700000', NOW);
    expect([opening?.option?.settlement, closing?.option?.settlement]).toEqual(['AM', 'PM']);
    expect(new Date(opening?.expiresAt ?? 0).toISOString()).toBe('2026-12-18T14:30:00.000Z');
    expect(new Date(closing?.expiresAt ?? 0).toISOString()).toBe('2026-12-18T21:00:00.000Z');
  });

  it.each([
    ['spy'],
    ['SPY '],
    ['ZZZZ'],
    ['/ES'],
    ['/ESG7'],
    ['/ESZ16'],
    ['BTC'],
    ['SPY 261218C00770000'],
    ['SPY   261218C00770001'],
    ['SPY   261219C00770000'],
    ['SPX   261127C07700000'],
    ['./ESZ6 ESZ6 261218C7700'],
    ['./ESH7 ESZ6  261218C7700'],
    ['./ESZ6 ESZ6  261218C7701'],
    ['.SPY261218C770'],
    ['constructor'],
    [''],
  ])('finds nothing under %j', (symbol) => {
    expect(market.find(symbol, NOW)).toBeUndefined();
  });

  it.each([['.SPY261218C770.0'], ['/ESZ6:XCME'], ['/ESZ6'], ['./ESZ26C7700:XNYM'], ['BTC/USD'], ['.SPY261218X770']])(
    'finds nothing that streams as %j',
    (streamerSymbol) => {
      expect(market.findByStreamerSymbol(streamerSymbol, NOW)).toBeUndefined();
    },
  );
});

describe('futures', () => {
  const symbols = (product: string, when: string) => market.futures(product, at(when)).map(({ symbol }) => symbol);

  it('follow the month cycles of their products, nearest first', () => {
    expect(symbols('/ES', '2026-11-23T15:00:00Z')).toEqual(['/ESZ6', '/ESH7', '/ESM7', '/ESU7', '/ESZ7']);
    expect(symbols('/CL', '2026-11-23T15:00:00Z').slice(0, 3)).toEqual(['/CLF7', '/CLG7', '/CLH7']);
    expect(symbols('/GC', '2026-11-23T15:00:00Z').slice(0, 3)).toEqual(['/GCZ6', '/GCG7', '/GCJ7']);
    expect(market.futures('SPY', NOW)).toEqual([]);
    expect(market.futures('/ZZ', NOW)).toEqual([]);
  });

  it.each([
    ['/ESZ6', '2026-12-18T14:30:00.000Z'],
    // The third Friday is Juneteenth.
    ['/ESM6', '2026-06-18T13:30:00.000Z'],
    ['/CLF7', '2026-12-21T19:30:00.000Z'],
    ['/CLZ6', '2026-11-20T19:30:00.000Z'],
    ['/GCZ6', '2026-12-29T18:30:00.000Z'],
  ])('%s trades until %s, and is then gone', (symbol, expiresAt) => {
    const end = Date.parse(expiresAt);
    expect(market.find(symbol, epochMs(end - 1))?.expiresAt).toBe(end);
    expect(market.find(symbol, epochMs(end))).toBeUndefined();
  });
});
