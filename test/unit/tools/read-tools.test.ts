import { describe, expect, it } from 'vitest';
import type { Position } from '../../../src/broker/model/account.ts';
import { brokerSymbol, isoDate } from '../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { ACCOUNT, createBench } from '../../support/fake-broker-bench.ts';
import { instrument, option } from '../../support/fake-broker-market.ts';
import { placedOrder } from '../../support/placed-orders.ts';
import { account } from '../../support/tenant-broker.ts';

const position = (symbol: string, changes: Partial<Position> = {}): Position => ({
  account: ACCOUNT,
  symbol: brokerSymbol(symbol),
  type: 'Equity',
  underlying: brokerSymbol(symbol),
  quantity: decimal(10),
  direction: 'Long',
  ...changes,
});

describe('get_balances', () => {
  const amounts = {
    'bond-margin-requirement': decimal(0),
    'pending-cash': decimal('-12.5'),
    'cash-balance': decimal('1000.10'),
    'net-liquidating-value': decimal('5000'),
  };

  it('leaves zero balances out unless they are asked for, the important ones first', async () => {
    const bench = createBench();
    bench.state.balances = { currency: 'USD', amounts };
    const data = await bench.ask('get_balances');
    expect(data).toEqual({
      environment: 'paper',
      account_number: '5WT00001',
      currency: 'USD',
      balances: { 'net-liquidating-value': '5000', 'cash-balance': '1000.1', 'pending-cash': '-12.5' },
    });
    expect(Object.keys(data['balances'] as object)[0]).toBe('net-liquidating-value');
    const all = await bench.ask('get_balances', { include_zero: true });
    expect(all['balances']).toMatchObject({ 'bond-margin-requirement': '0' });
  });

  it('is a table that can be read', async () => {
    const bench = createBench();
    bench.state.balances = { currency: 'USD', amounts };
    const outcome = await bench.run('get_balances');
    expect(outcome).toMatchObject({
      text: [
        'Balances · account 5WT00001 · [paper]',
        'balance                   USD',
        'net-liquidating-value    5000',
        'cash-balance           1000.1',
        'pending-cash            -12.5',
      ].join('\n'),
    });
  });

  it('asks which account with several, and takes the one that is named', async () => {
    const bench = createBench();
    bench.state.accounts.push(account('5WT00002'));
    expect(await bench.refusal('get_balances')).toMatchObject({ code: 'choice_needed' });
    expect(await bench.ask('get_balances', { account_number: '5WT00002' })).toMatchObject({
      account_number: '5WT00002',
    });
    expect(await bench.refusal('get_balances', { account_number: '5WT99999' })).toMatchObject({ code: 'not_found' });
  });
});

describe('get_positions', () => {
  it('says what each is worth and has made, a short one the other way round', async () => {
    const bench = createBench();
    const priced = { multiplier: decimal(1), averageOpenPrice: decimal('100'), markPrice: decimal('99.5') };
    bench.state.positions = [position('SPY', priced), position('QQQ', { ...priced, direction: 'Short' })];
    const { positions } = await bench.ask<{ positions: object[] }>('get_positions');
    expect(positions).toMatchObject([
      { symbol: 'SPY', direction: 'Long', quantity: '10', open_profit: '-5' },
      { symbol: 'QQQ', direction: 'Short', open_profit: '5' },
    ]);
    expect(positions[0]).not.toHaveProperty('realized_today');
  });

  it('pages and filters', async () => {
    const bench = createBench();
    bench.state.positions = Array.from({ length: 5 }, (_, at) => position(`S${at}`));
    expect(await bench.ask('get_positions', { limit: 2, offset: 2 })).toMatchObject({
      positions: [{ symbol: 'S2' }, { symbol: 'S3' }],
      total: 5,
      next_offset: 4,
    });
    const one = await bench.ask('get_positions', { underlying_symbol: 's4' });
    expect(one).toMatchObject({ positions: [{ symbol: 'S4' }], total: 1 });
    expect(one).not.toHaveProperty('next_offset');
  });

  it('says so when there are none, and fails when the broker does', async () => {
    const bench = createBench();
    expect(await bench.run('get_positions')).toMatchObject({ text: expect.stringContaining('No positions.') });
    bench.fail('accounts.positions', new GatewayError('broker_unavailable', 'The broker is down.'));
    expect(await bench.refusal('get_positions')).toMatchObject({ code: 'broker_unavailable', retry: 'later' });
  });
});

describe('get_net_liquidating_value_history', () => {
  it('keeps the newest points in order of time, and pages into the past', async () => {
    const bench = createBench();
    bench.state.netLiq = Array.from({ length: 10 }, (_, at) => {
      const value = decimal(100 + at);
      return { at: epochMs(at * 60_000), open: value, high: value, low: value, close: value };
    });
    const newest = await bench.ask('get_net_liquidating_value_history', { limit: 4 });
    expect(newest).toMatchObject({ time_back: '1y', change: '3', total: 10, next_offset: 4 });
    expect(newest['points']).toMatchObject([{ close: '106' }, { close: '107' }, { close: '108' }, { close: '109' }]);
    const oldest = await bench.ask('get_net_liquidating_value_history', { limit: 4, offset: 8 });
    expect(oldest['points']).toMatchObject([{ close: '100' }, { close: '101' }]);
    expect(oldest).not.toHaveProperty('next_offset');
  });

  it('tells to net out deposits', async () => {
    const { toolNamed } = await import('../../support/fake-broker-bench.ts');
    expect(toolNamed('get_net_liquidating_value_history').description).toContain('Money Movement');
  });
});

describe('get_quotes', () => {
  const bench = () => {
    const made = createBench();
    made.state.instruments = [
      instrument('Equity', 'SPY'),
      instrument('Index', 'VIX'),
      instrument('Future', '/ESZ6'),
      instrument('Cryptocurrency', 'BTC/USD'),
      option({ root: 'SPY', date: '2026-12-18', side: 'C', strike: 600.5 }),
    ];
    Object.assign(made.state.quotes, {
      SPY: { bid: '600.10', ask: '600.12', bidSize: '3', askSize: '5', ageMs: 1234.4 },
      '/ESZ6': { bid: '6000', ask: '6000.25' },
      'BTC/USD': { bid: '90000.5' },
      '.SPY261218C600.5': { bid: '12.30', ask: '12.40' },
    });
    Object.assign(made.state.trades, { SPY: { price: '600.11' }, VIX: { price: '18.2' } });
    return made;
  };

  it('quotes stocks, indices, futures, crypto and options, in the order asked', async () => {
    const spec = { symbol: 'spy', option_type: 'C', strike_price: '600.5', expiration_date: '2026-12-18' };
    const symbols = [{ symbol: 'VIX' }, spec, { symbol: '/ESZ6' }, { symbol: 'SPY' }, { symbol: 'BTC/USD' }];
    const { quotes } = await bench().ask<{ quotes: object[] }>('get_quotes', { instruments: symbols });
    expect(quotes).toMatchObject([
      { symbol: 'VIX', instrument_type: 'Index', last: '18.2' },
      { symbol: 'SPY   261218C00600500', bid: '12.30', ask: '12.40', mid: '12.35' },
      { symbol: '/ESZ6', mid: '6000.125' },
      { symbol: 'SPY', bid: '600.10', ask: '600.12', mid: '600.11', last: '600.11', bid_size: '3', age_ms: 1234 },
      { symbol: 'BTC/USD', bid: '90000.5' },
    ]);
    expect(quotes[4]).not.toHaveProperty('mid');
    expect(quotes[0]).not.toHaveProperty('bid');
  });

  it('takes OCC and streamer symbols, and numbers for strikes', async () => {
    const instruments = [
      { symbol: 'SPY   261218C00600500' },
      { symbol: '.SPY261218C600.5' },
      { symbol: 'SPY', option_type: 'C', strike_price: 600.5, expiration_date: '2026-12-18' },
      { symbol: 'SPY', option_type: null, strike_price: null, expiration_date: null },
    ];
    const { quotes } = await bench().ask<{ quotes: { symbol: string }[] }>('get_quotes', { instruments });
    expect(quotes.map((quote) => quote.symbol)).toEqual([
      'SPY   261218C00600500',
      'SPY   261218C00600500',
      'SPY   261218C00600500',
      'SPY',
    ]);
  });

  it('tells each missing one with its reason, beside the others', async () => {
    const made = bench();
    made.state.instruments.push(instrument('Equity', 'DEAD'));
    const { quotes } = await made.ask<{ quotes: object[] }>('get_quotes', {
      instruments: [{ symbol: 'NOPE' }, { symbol: 'DEAD' }, { symbol: 'SPY' }],
    });
    expect(quotes).toMatchObject([
      { symbol: 'NOPE', error: { code: 'not_found', message: 'NOPE is not known.' } },
      { symbol: 'DEAD', error: { code: 'quote_unavailable', details: { reason: 'no-data-before-deadline' } } },
      { symbol: 'SPY', bid: '600.10' },
    ]);
  });

  it('gives the last price where a stock has no quote, and no mid where the quote is crossed', async () => {
    const made = bench();
    made.state.instruments.push(instrument('Equity', 'HALT'), instrument('Equity', 'ODD'));
    Object.assign(made.state.trades, { HALT: { price: '7' } });
    Object.assign(made.state.quotes, { ODD: { bid: '10.2', ask: '10.1' } });
    const { quotes } = await made.ask<{ quotes: object[] }>('get_quotes', {
      instruments: [{ symbol: 'HALT' }, { symbol: 'ODD' }],
    });
    expect(quotes[0]).toMatchObject({ last: '7', age_ms: 250 });
    expect(quotes[0]).not.toHaveProperty('error');
    expect(quotes[1]).not.toHaveProperty('mid');
  });

  it('returns by its one deadline even when the broker never names the instruments', async () => {
    const made = bench();
    made.hang('instruments.resolve');
    const before = made.clock.monotonicMs();
    const { quotes } = await made.ask<{ quotes: object[] }>('get_quotes', {
      instruments: [{ symbol: 'SPY' }],
      timeout: 3,
    });
    expect(quotes).toMatchObject([{ symbol: 'SPY', error: { code: 'deadline_exceeded' } }]);
    expect(made.clock.monotonicMs() - before).toBeLessThanOrEqual(3250);
  });

  it('shows ages to the eye', async () => {
    expect(await bench().run('get_quotes', { instruments: [{ symbol: 'SPY' }] })).toMatchObject({
      text: [
        'Quotes · [paper]',
        'symbol     bid     ask     mid    last  age',
        'SPY     600.10  600.12  600.11  600.11  1.2 s',
      ].join('\n'),
    });
  });
});

describe('get_greeks', () => {
  it('answers options in order, and says why anything else has none', async () => {
    const bench = createBench();
    const facts = { root: 'SPY', date: '2026-12-18', side: 'P', strike: 590 } as const;
    bench.state.instruments = [instrument('Equity', 'SPY'), option(facts)];
    Object.assign(bench.state.greeks, {
      '.SPY261218P590': { volatility: '0.21', delta: '-0.4', gamma: '0.01', theta: '-0.1' },
    });
    const spec = { symbol: 'SPY', option_type: 'P', strike_price: 590, expiration_date: '2026-12-18' };
    const { greeks } = await bench.ask<{ greeks: object[] }>('get_greeks', {
      options: [{ symbol: 'SPY' }, spec, { ...spec, strike_price: 591 }],
    });
    expect(greeks).toMatchObject([
      { symbol: 'SPY', error: { code: 'invalid_input', message: expect.stringContaining('Only options have greeks') } },
      { symbol: 'SPY   261218P00590000', implied_volatility: '0.21', delta: '-0.4', age_ms: 250 },
      { symbol: 'SPY 2026-12-18 591 P', error: { code: 'not_found', details: { nearest_strikes: ['590'] } } },
    ]);
  });
});

describe('get_market_metrics', () => {
  it('says which symbols have none', async () => {
    const bench = createBench();
    bench.state.metrics = [
      {
        symbol: brokerSymbol('SPY'),
        ivRank: decimal('0.1'),
        earnings: { expectedDate: isoDate('2026-12-01') },
        expirationVolatilities: [{ date: isoDate('2026-12-18'), impliedVolatility: decimal('0.2') }],
      },
    ];
    const data = await bench.ask('get_market_metrics', { symbols: ['spy', 'NOPE', 'SPY'] });
    expect(data).toEqual({
      environment: 'paper',
      metrics: [{ symbol: 'SPY', iv_rank: '0.1', earnings_date: '2026-12-01' }],
      missing: ['NOPE'],
    });
    const full = await bench.ask('get_market_metrics', { symbols: '["SPY"]', include_expirations: true });
    expect(full['metrics']).toMatchObject([{ expirations: [{ date: '2026-12-18', implied_volatility: '0.2' }] }]);
  });
});

describe('market_status', () => {
  const at = (iso: string) => epochMs(Date.parse(iso));

  it('tells when an open market closes', async () => {
    const bench = createBench();
    bench.state.sessions = [{ market: 'Equity', state: 'Open', closeAt: at('2026-11-23T21:00:00Z') }];
    expect(await bench.run('market_status')).toMatchObject({
      data: { markets: [{ exchange: 'Equity', status: 'Open', is_open: true, close_at: '2026-11-23T21:00:00.000Z' }] },
      text: expect.stringContaining('2026-11-23 16:00'),
    });
  });

  it('tells when a closed one opens, in words', async () => {
    const bench = createBench({ startMs: Date.parse('2026-11-22T12:25:00Z') });
    bench.state.sessions = [
      { market: 'Equity', state: 'Closed', next: { openAt: at('2026-11-23T14:30:00Z') } },
      { market: 'CME', state: 'Closed', openAt: at('2026-11-22T23:00:00Z') },
    ];
    expect(await bench.ask('market_status', { exchanges: ['Equity', 'CME'] })).toMatchObject({
      markets: [
        {
          exchange: 'Equity',
          next_open: '2026-11-23T14:30:00.000Z',
          time_until_open: '1 day 2 hours',
          is_holiday: false,
        },
        { exchange: 'CME', time_until_open: '10 hours 35 minutes' },
      ],
    });
  });

  it('stands without the holiday calendar, and fails without sessions', async () => {
    const bench = createBench();
    bench.fail('reference.holidays', new GatewayError('broker_unavailable', 'Down.'));
    const { markets } = await bench.ask<{ markets: object[] }>('market_status');
    expect(markets[0]).not.toHaveProperty('is_holiday');
    bench.state.sessions = [];
    expect(await bench.refusal('market_status')).toMatchObject({ code: 'not_found' });
  });
});

describe('search_symbols', () => {
  it('cleans descriptions, and pages', async () => {
    const bench = createBench();
    bench.state.matches = ['AAA', 'AAB', 'AAC'].map((symbol) => ({
      symbol: brokerSymbol(symbol),
      description: `Name\u0000of ${symbol}\u202e`,
    }));
    const data = await bench.ask('search_symbols', { symbol: ' aa ', limit: 2 });
    expect(data).toMatchObject({
      symbols: [{ symbol: 'AAA', description: 'Name of AAA' }, { symbol: 'AAB' }],
      next_offset: 2,
    });
    expect(bench.callsTo('reference.search')[0]?.args[0]).toBe('aa');
  });
});

describe('get_transaction_history', () => {
  it('asks from the New York day, with type and underlying', async () => {
    const bench = createBench();
    await bench.ask('get_transaction_history', {
      days: 5,
      underlying_symbol: 'SPY',
      transaction_type: 'Money Movement',
    });
    expect(bench.callsTo('history.transactions')[0]?.args[1]).toEqual({
      startDate: '2026-11-18',
      limit: 1000,
      offset: 0,
      underlying: 'SPY',
      type: 'Money Movement',
    });
  });

  it('tells what it leaves out in the text, not in the data', async () => {
    const bench = createBench();
    bench.state.transactions = Array.from({ length: 60 }, (_, at) => ({
      id: String(at),
      type: 'Trade',
      executedAt: epochMs(0),
      value: decimal(at),
    }));
    const outcome = await bench.run('get_transaction_history');
    expect(outcome).toMatchObject({ data: { total: 60 }, text: expect.stringContaining('… 20 more') });
    expect(outcome.kind === 'answer' && (outcome.data['transactions'] as object[]).length).toBe(60);
    expect(outcome.kind === 'answer' && (outcome.data['transactions'] as object[])[0]).toEqual({
      id: '0',
      executed_at: '1970-01-01T00:00:00.000Z',
      type: 'Trade',
      value: '0',
    });
  });
});

describe('get_order_history', () => {
  it('averages the fills of each leg exactly', async () => {
    const bench = createBench();
    const fills = [
      { quantity: decimal(1), price: decimal('1.01') },
      { quantity: decimal(2), price: decimal('1.04') },
    ];
    const leg = { symbol: brokerSymbol('SPY'), type: 'Equity', action: 'Buy to Open', quantity: decimal(3), fills };
    bench.state.orders = [placedOrder('7', { status: 'Filled', legs: [leg], price: decimal('-1.05') })];
    expect(await bench.ask('get_order_history')).toMatchObject({
      start_date: '2026-11-16',
      orders: [
        { order_id: '7', is_working: false, price: '-1.05', legs: [{ filled: '3', average_fill_price: '1.03' }] },
      ],
    });
  });
});

describe('get_live_orders', () => {
  it('puts working orders first and counts them', async () => {
    const bench = createBench();
    bench.state.orders = [
      placedOrder('1', { status: 'Filled' }),
      placedOrder('2'),
      placedOrder('3', { status: 'Rejected', rejectReason: 'No\u0007.' }),
    ];
    expect(await bench.ask('get_live_orders')).toMatchObject({
      working: 1,
      orders: [{ order_id: '2' }, { order_id: '1' }, { order_id: '3', reject_reason: 'No .' }],
    });
  });
});

describe('get_current_time_nyc', () => {
  it('is the time in New York, in winter and in summer', async () => {
    expect(await createBench().ask('get_current_time_nyc')).toEqual({
      environment: 'paper',
      time: '2026-11-23T10:00:00-05:00',
      weekday: 'Monday',
    });
    const summer = createBench({ startMs: Date.parse('2026-07-01T03:30:00Z') });
    expect(await summer.ask('get_current_time_nyc')).toMatchObject({
      time: '2026-06-30T23:30:00-04:00',
      weekday: 'Tuesday',
    });
  });
});
