import { describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import {
  accepted,
  codes,
  createBench,
  HOUR,
  limit,
  list,
  market,
  OPEN_AT,
  SECOND,
  wireLegs,
  type Bench,
  type BenchOptions,
} from '../../support/simulator-desk/desk-bench.ts';

const CALL = 'AAPL  261218C00200000';
const HIGHER_CALL = 'AAPL  261218C00210000';
const PUT = 'AAPL  261218P00190000';
const TODAY = 'AAPL  261123C00200000';
const BUY = [['Buy to Open', 1, 'AAPL']] as const;

const notional = (value: string, symbol = 'AAPL'): WireObject => ({
  'order-type': 'Notional Market',
  'time-in-force': 'Day',
  value,
  'value-effect': 'Debit',
  legs: wireLegs([['Buy to Open', 1, symbol]]).map(({ quantity: _none, ...leg }) => leg),
});

function quoted(options: BenchOptions = {}): Bench {
  const bench = createBench(options);
  bench.quote(CALL, { bid: '5.00', ask: '5.10' });
  bench.quote(HIGHER_CALL, { bid: '2.00', ask: '2.10' });
  bench.quote(PUT, { bid: '3.00', ask: '3.10' });
  return bench;
}

function held(): Bench {
  const bench = quoted();
  bench.place(market([['Buy to Open', 10, 'AAPL']]));
  bench.pass(SECOND);
  return bench;
}

describe('a malformed order', () => {
  const good = limit(-199, BUY);
  it.each<[string, unknown, string]>([
    ['no object', 'buy', 'body'],
    ['no order type', { ...good, 'order-type': undefined }, 'order-type'],
    ['an unknown order type', { ...good, 'order-type': 'Stop Market' }, 'order-type'],
    ['an unknown time in force', { ...good, 'time-in-force': 'day' }, 'time-in-force'],
    ['a limit without price', { ...good, price: undefined }, 'price'],
    ['a limit without effect', { ...good, 'price-effect': undefined }, 'price-effect'],
    ['a signed price', { ...good, price: '-199.00' }, 'price'],
    ['a price that is no number', { ...good, price: '1e400000' }, 'price'],
    ['a stop without trigger', { ...market(BUY), 'order-type': 'Stop' }, 'stop-trigger'],
    ['GTD without date', { ...good, 'time-in-force': 'GTD' }, 'gtc-date'],
    ['a date without GTD', { ...good, 'gtc-date': '2026-12-01' }, 'gtc-date'],
    ['no legs', { ...good, legs: [] }, 'legs'],
    ['a leg without symbol', { ...good, legs: [{ ...wireLegs(BUY)[0], symbol: undefined }] }, 'legs[0].symbol'],
    ['quantity zero', { ...good, legs: wireLegs([['Buy to Open', 0, 'AAPL']]) }, 'legs[0].quantity'],
    ['a negative quantity', { ...good, legs: wireLegs([['Buy to Open', -5, 'AAPL']]) }, 'legs[0].quantity'],
    ['half an option', limit(-5, [['Buy to Open', 0.5, CALL]]), 'legs.quantity'],
    ['plain Buy on stock', { ...good, legs: wireLegs([['Buy', 1, 'AAPL']]) }, 'legs.action'],
    ['a notional order with quantity', { ...notional('100'), legs: wireLegs(BUY) }, 'legs[0].quantity'],
  ])('%s is a validation error', (_name, body, domain) => {
    const answer = createBench().submit(body);
    expect(answer).toMatchObject({ kind: 'refused', status: 400, error: { code: 'validation_error' } });
    expect(codes(answer)).toContain(domain);
    expect(answer).not.toHaveProperty('data');
  });
});

type Case = { readonly code: string; readonly body: WireObject; readonly bench?: () => Bench };

const night = (): Bench => quoted({ startMs: OPEN_AT + 12 * HOUR });
const cash = (): Bench => quoted({ customer: 'cash' });

const CASES: readonly Case[] = [
  { code: 'cant_buy_for_credit', body: limit(199, BUY) },
  { code: 'cant_buy_for_credit', body: limit(-205, [['Sell to Close', 1, 'AAPL']]), bench: held },
  { code: 'gtc_market_orders_not_supported', body: market(BUY, { 'time-in-force': 'GTC' }) },
  { code: 'gtc_market_orders_not_supported', body: market(BUY, { 'time-in-force': 'GTD', 'gtc-date': '2026-12-01' }) },
  { code: 'tif_market_orders_not_supported', body: market(BUY, { 'time-in-force': 'Ext' }) },
  { code: 'tif_no_after_hours_market_orders', body: market(BUY, { 'time-in-force': 'Ext' }), bench: night },
  { code: 'tif_no_after_hours_opening_market_orders', body: market(BUY), bench: night },
  { code: 'tif_no_after_hours_orders', body: limit(-199, BUY, { 'time-in-force': 'Ext' }), bench: night },
  { code: 'tif_not_supported', body: limit(-5, [['Buy to Open', 1, CALL]], { 'time-in-force': 'Ext' }) },
  {
    code: 'tif_not_supported',
    body: { ...market(BUY), 'order-type': 'Stop', 'time-in-force': 'GTC', 'stop-trigger': '210' },
  },
  { code: 'order_must_omit_price', body: limit(-199, BUY, { 'order-type': 'Marketable Limit' }) },
  { code: 'order_must_omit_price', body: limit(-199, BUY, { 'order-type': 'Market' }) },
  { code: 'below_notional_value_minimum', body: notional('4.99') },
  { code: 'below_notional_value_minimum', body: market([['Buy to Open', 0.02, 'AAPL']]) },
  { code: 'fractional_market_orders_only', body: limit(-199, [['Buy to Open', 0.5, 'AAPL']]) },
  { code: 'fractional_equity_invalid_fractional_precision', body: market([['Buy to Open', 0.1234567, 'AAPL']]) },
  { code: 'fractional_not_supported', body: { ...notional('100', CALL) } },
  { code: 'instrument_validation_failed', body: limit(-199, [['Buy to Open', 1, 'NOPE']]) },
  { code: 'instrument_validation_failed', body: market([['Buy to Open', 1, 'SPX']]) },
  { code: 'instrument_validation_failed', body: limit(-5, [['Buy to Open', 1, 'AAPL  261120C00200000']]) },
  { code: 'invalid_price_increment', body: limit(-199, BUY, { price: '199.005' }) },
  { code: 'invalid_price_increment', body: limit(-5.05, [['Buy to Open', 1, CALL]]) },
  { code: 'invalid_price_increment', body: limit(-6000.1, [['Buy', 1, '/ESZ6']]) },
  { code: 'too_many_legs', body: limit(-600, [...BUY, ['Buy to Open', 1, CALL]]) },
  {
    code: 'duplicate_leg_symbols',
    body: limit(-5, [
      ['Buy to Open', 1, CALL],
      ['Sell to Open', 1, CALL],
    ]),
  },
  {
    code: 'mixed_underlyings',
    body: limit(-5, [
      ['Buy to Open', 1, CALL],
      ['Buy to Open', 1, 'MSFT  261218C00400000'],
    ]),
  },
  {
    code: 'single_leg_required',
    body: market([
      ['Buy to Open', 1, CALL],
      ['Sell to Open', 1, HIGHER_CALL],
    ]),
  },
  { code: 'order_size_limit_exceeded', body: limit(-199, [['Buy to Open', 50_001, 'AAPL']]) },
  {
    code: 'too_close_to_expiration',
    body: limit(-5, [['Buy to Open', 1, TODAY]]),
    bench: () => quoted({ startMs: Date.parse('2026-11-23T20:55:00Z') }),
  },
  {
    code: 'illegal_buy_and_sell_on_same_symbol',
    body: limit(250, [['Sell to Close', 5, 'AAPL']]),
    bench: () => {
      const bench = held();
      bench.place(limit(-150, BUY));
      return bench;
    },
  },
  {
    code: 'cannot_close_against_more_than_existing_position',
    body: limit(250, [['Sell to Close', 11, 'AAPL']]),
    bench: held,
  },
  {
    code: 'cannot_close_against_more_than_existing_position',
    body: limit(250, [['Sell to Close', 6, 'AAPL']]),
    bench: () => {
      const bench = held();
      bench.place(limit(260, [['Sell to Close', 5, 'AAPL']]));
      return bench;
    },
  },
  {
    code: 'cannot_close_against_more_than_existing_position',
    body: {
      ...limit(250, [['Sell to Close', 1, 'MSFT']]),
      'advanced-instructions': { 'strict-position-effect-validation': true },
    },
  },
  { code: 'cannot_open_against_existing_position', body: limit(250, [['Sell to Open', 1, 'AAPL']]), bench: held },
  { code: 'futures_not_enabled', body: limit(-6000, [['Buy', 1, '/ESZ6']]), bench: cash },
  { code: 'cryptocurrency_not_enabled', body: market([['Buy to Open', 0.01, 'BTC/USD']]), bench: cash },
  { code: 'short_selling_not_enabled', body: limit(650, [['Sell to Open', 1, 'SPY']]), bench: cash },
  { code: 'short_calls_not_enabled', body: limit(5, [['Sell to Open', 1, 'SPY   261218C00700000']]), bench: cash },
];

describe('preflight refusals', () => {
  it.each(CASES)('$code', ({ code, body, bench = quoted }) => {
    const at = bench();
    for (const answer of [at.dryRun(body), at.submit(body)]) {
      expect(answer).toMatchObject({
        kind: 'refused',
        status: 422,
        error: { code: 'preflight_check_failure', message: 'One or more preflight checks failed' },
      });
      expect(codes(answer)).toContain(code);
      expect(answer).not.toHaveProperty('data');
    }
  });

  it('refuses for margin with both the error and the numbers, on dry run and submission', () => {
    const bench = createBench();
    for (const answer of [
      bench.dryRun(limit(-200, [['Buy to Open', 1001, 'AAPL']])),
      bench.submit(limit(-200, [['Buy to Open', 1001, 'AAPL']])),
    ]) {
      expect(codes(answer)).toEqual(['margin_check_failed']);
      expect(answer).toMatchObject({
        status: 422,
        data: {
          'buying-power-effect': {
            'current-buying-power': '100000.0',
            'change-in-margin-requirement': '100100.0',
            'new-buying-power-effect': 'Debit',
          },
        },
      });
    }
  });

  it('names several reasons at once', () => {
    expect(codes(createBench().submit(limit(199, BUY, { price: '199.005' }))).toSorted()).toEqual([
      'cant_buy_for_credit',
      'invalid_price_increment',
    ]);
  });

  it('counts working orders against the buying power', () => {
    const bench = createBench();
    bench.place(limit(-199, [['Buy to Open', 900, 'AAPL']]));
    expect(codes(bench.submit(limit(-199, [['Buy to Open', 200, 'AAPL']])))).toEqual(['margin_check_failed']);
  });

  it('makes an open of a close that has nothing to close, and warns', () => {
    const bench = createBench();
    const answer = accepted(bench.submit(limit(450, [['Sell to Close', 1, 'MSFT']])));
    expect(list(answer, 'warnings')).toEqual([
      {
        code: 'closing_with_no_position',
        message:
          'You cannot route a closing order without an existing position to close. This order will be updated to a sell to open order when routed.',
      },
    ]);
    expect(list(answer['order'], 'legs')[0]?.['action']).toBe('Sell to Open');
  });

  it('sells for an amount of money what there is, and no more', () => {
    const sell = (value: string): WireObject => ({
      ...notional(value),
      'value-effect': 'Credit',
      legs: [{ 'instrument-type': 'Equity', symbol: 'AAPL', action: 'Sell to Close' }],
      'advanced-instructions': { 'strict-position-effect-validation': true },
    });
    const tooMuch = ['cannot_close_against_more_than_existing_position'];
    expect(codes(quoted().submit(sell('100')))).toEqual(tooMuch);
    const bench = held();
    expect(codes(bench.submit(sell('2001')))).toEqual(tooMuch);
    const some = bench.place(sell('500'));
    bench.pass(SECOND);
    expect(bench.order(some)['status']).toBe('Filled');
    expect(list(bench.order(some), 'legs')[0]?.['quantity']).toBe(2.5);
    const rest = bench.place(sell('1500'));
    bench.quote('AAPL', { bid: '150.00', ask: '150.10', last: '150.05' });
    bench.pass(SECOND);
    expect(list(bench.order(rest), 'legs')[0]?.['quantity']).toBe(7.5);
    expect(bench.desk.positions(bench.account, { includeMarks: false, includeClosed: false })).toEqual([]);
  });

  it('takes a notional order in fractions of a share', () => {
    const bench = createBench();
    const id = bench.place(notional('100'));
    bench.pass(SECOND);
    expect(bench.order(id)).toMatchObject({ status: 'Filled', value: '100.0', 'value-effect': 'Debit' });
    expect(list(bench.order(id), 'legs')[0]?.['quantity']).toBe(0.49975);
  });
});
