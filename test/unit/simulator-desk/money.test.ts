import { describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import {
  accepted,
  createBench,
  DAY,
  field,
  HOUR,
  limit,
  market,
  SECOND,
  type Bench,
} from '../../support/simulator-desk/desk-bench.ts';

const C200 = 'AAPL  261218C00200000';
const C210 = 'AAPL  261218C00210000';
const P190 = 'AAPL  261218P00190000';
const P180 = 'AAPL  261218P00180000';

function quoted(customer = 'paper-one'): Bench {
  const bench = createBench({ customer });
  bench.quote(C200, { bid: '5.00', ask: '5.10' });
  bench.quote(C210, { bid: '2.00', ask: '2.10' });
  bench.quote(P190, { bid: '3.00', ask: '3.10' });
  bench.quote(P180, { bid: '1.00', ask: '1.10' });
  return bench;
}

const fees = (bench: Bench, body: unknown): WireObject => field(accepted(bench.dryRun(body)), 'fee-calculation');
const held = (bench: Bench): readonly WireObject[] =>
  bench.desk.positions(bench.account, { includeMarks: true, includeClosed: false });
const newest = (bench: Bench): WireObject => bench.desk.transactions(bench.account, {})[0] ?? {};

function trade(bench: Bench, body: unknown): number {
  const id = bench.place(body);
  bench.pass(SECOND);
  expect(bench.order(id)['status']).toBe('Filled');
  return id;
}

describe('fees', () => {
  it.each<[string, WireObject, WireObject]>([
    [
      'stock bought',
      limit(-200, [['Buy to Open', 1, 'AAPL']]),
      { commission: '0.0', 'clearing-fees': '0.001', 'regulatory-fees': '0.0' },
    ],
    [
      'options opened, capped at ten a leg',
      limit(-5.1, [['Buy to Open', 40, C200]]),
      { commission: '10.0', 'clearing-fees': '4.0', 'regulatory-fees': '0.8' },
    ],
    [
      'a future',
      market([['Buy', 2, '/ESZ6']]),
      { commission: '2.0', 'clearing-fees': '0.6', 'regulatory-fees': '2.8' },
    ],
  ])('%s', (_name, body, expected) => {
    expect(fees(quoted(), body)).toMatchObject(expected);
  });

  it('close options without commission, and take a sale a regulator', () => {
    const bench = quoted();
    trade(bench, limit(-5.1, [['Buy to Open', 1, C200]]));
    expect(fees(bench, limit(5, [['Sell to Close', 1, C200]]))).toMatchObject({
      commission: '0.0',
      'regulatory-fees': '0.04279',
    });
  });

  it('are per leg, not per fill', () => {
    const bench = quoted();
    bench.quote(C200, { bid: '5', ask: '5.10', askSize: '7' });
    bench.place(limit(-5.1, [['Buy to Open', 20, C200]]));
    bench.pass(5 * SECOND);
    const parts = bench.desk
      .transactions(bench.account, { symbol: C200 })
      .map((transaction) => transaction['commission']);
    expect(parts).toEqual(['0.0', '3.0', '7.0']);
    expect(bench.desk.totalFees(bench.account)).toEqual({ 'total-fees': '12.4', 'total-fees-effect': 'Debit' });
  });
});

describe('money and positions follow the fills', () => {
  it('stock', () => {
    const bench = createBench();
    trade(bench, market([['Buy to Open', 10, 'AAPL']]));
    bench.quote('AAPL', { bid: '210', ask: '210.10', last: '210' });
    trade(bench, market([['Sell to Close', 4, 'AAPL']]));
    expect(held(bench)).toEqual([
      expect.objectContaining({
        quantity: 6,
        'quantity-direction': 'Long',
        'average-open-price': '200.1',
        'realized-today': '39.6',
        'realized-today-effect': 'Credit',
        'mark-price': '210.05',
        mark: '1260.3',
      }),
    ]);
    expect(newest(bench)).toMatchObject({
      'transaction-type': 'Trade',
      'transaction-sub-type': 'Sell to Close',
      description: 'Sold 4 AAPL @ 210.00',
      quantity: '4.0',
      value: '840.0',
      'value-effect': 'Credit',
      'regulatory-fees': '0.020664',
      'destination-venue': 'MARKET_SIMULATOR_A',
    });
    // 100,000 − 2,001 − 0.01 + 840 − 0.024664
    expect(bench.desk.balances(bench.account)['cash-balance']).toBe('98838.965336');
  });

  it('futures are marked, not paid: closing settles the gain', () => {
    const bench = createBench();
    trade(bench, market([['Buy', 2, '/ESZ6']]));
    expect(newest(bench)).toMatchObject({
      value: '0.0',
      'value-effect': 'None',
      'destination-venue': 'MARKET_SIMULATOR_CME',
    });
    bench.quote('/ESZ6', { bid: '6010.25', ask: '6010.50', last: '6010.25' });
    expect(bench.desk.balances(bench.account)).toMatchObject({ 'long-futures-value': '1012.5' });
    trade(bench, market([['Sell', 2, '/ESZ6']]));
    expect(newest(bench)).toMatchObject({ action: 'Sell to Close', value: '1000.0', 'value-effect': 'Credit' });
    expect(held(bench)).toEqual([]);
  });

  it('a short position is short and counts against the account', () => {
    const bench = createBench();
    trade(bench, limit(200, [['Sell to Open', 10, 'AAPL']]));
    expect(held(bench)[0]).toMatchObject({ 'quantity-direction': 'Short', quantity: 10, 'cost-effect': 'Debit' });
    expect(bench.desk.balances(bench.account)).toMatchObject({
      'short-equity-value': '2000.5',
      'long-equity-value': '0.0',
    });
  });

  it('remembers what was closed today until tomorrow', () => {
    const bench = createBench();
    trade(bench, market([['Buy to Open', 10, 'AAPL']]));
    trade(bench, market([['Sell to Close', 10, 'AAPL']]));
    const all = (): number => bench.desk.positions(bench.account, { includeMarks: false, includeClosed: true }).length;
    expect(held(bench)).toEqual([]);
    expect(all()).toBe(1);
    bench.pass(DAY);
    expect(all()).toBe(0);
  });

  it('net liquidating value is cash and everything held at its mark', () => {
    const bench = quoted();
    trade(bench, limit(-5.1, [['Buy to Open', 1, C200]]));
    const {
      'cash-balance': cash,
      'net-liquidating-value': netLiq,
      'long-derivative-value': options,
    } = bench.desk.balances(bench.account);
    expect([cash, options, netLiq]).toEqual(['99488.88', '505.0', '99993.88']);
  });
});

describe('expiration', () => {
  const atExpiry = (bench: Bench, price: string): void => {
    bench.quote('AAPL', { bid: price, ask: price, last: price });
    bench.pass(25 * DAY + 7 * HOUR);
  };

  it('removes a worthless option', () => {
    const bench = quoted();
    trade(bench, limit(-5.1, [['Buy to Open', 1, C200]]));
    atExpiry(bench, '190');
    expect(held(bench)).toEqual([]);
    expect(newest(bench)).toMatchObject({
      'transaction-type': 'Receive Deliver',
      'transaction-sub-type': 'Expiration',
      value: '0.0',
      quantity: '1.0',
    });
  });

  it('delivers the stock of an option in the money, against the strike', () => {
    const bench = quoted();
    trade(bench, limit(3, [['Sell to Open', 1, P190]]));
    atExpiry(bench, '180');
    expect(held(bench)).toEqual([
      expect.objectContaining({
        symbol: 'AAPL',
        quantity: 100,
        'quantity-direction': 'Long',
        'average-open-price': '190.0',
      }),
    ]);
    const [delivery, removal] = bench.desk.transactions(bench.account, { types: ['Receive Deliver'] });
    expect(removal).toMatchObject({ 'transaction-sub-type': 'Assignment', value: '0.0' });
    expect(delivery).toMatchObject({
      'transaction-sub-type': 'Buy to Open',
      value: '19000.0',
      'value-effect': 'Debit',
    });
  });

  it('pays out what an index option is worth', () => {
    const bench = createBench();
    bench.quote('SPX', { bid: '6100', ask: '6100' });
    const call = 'SPX   261218C06000000';
    bench.quote(call, { bid: '50.00', ask: '50.00' });
    trade(bench, limit(-50, [['Buy to Open', 1, call]]));
    bench.pass(25 * DAY + 7 * HOUR);
    expect(held(bench)).toEqual([]);
    expect(newest(bench)).toMatchObject({
      'transaction-sub-type': 'Cash Settled Exercise',
      value: '10000.0',
      'value-effect': 'Credit',
    });
  });

  it('expires the orders of what expires', () => {
    const bench = quoted();
    const id = bench.place(limit(-1, [['Buy to Open', 1, C200]], { 'time-in-force': 'GTC' }));
    bench.pass(26 * DAY);
    expect(bench.order(id)['status']).toBe('Expired');
  });
});
