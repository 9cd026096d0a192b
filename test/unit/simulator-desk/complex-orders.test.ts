import { describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import {
  accepted,
  codes,
  createBench,
  field,
  limit,
  list,
  market,
  SECOND,
  wireLegs,
  type Bench,
} from '../../support/simulator-desk/desk-bench.ts';

const CLOSE_TEN = [['Sell to Close', 10, 'AAPL']] as const;
const PROFIT = limit(220, CLOSE_TEN, { 'time-in-force': 'GTC' });
const STOP: WireObject = {
  'order-type': 'Stop',
  'time-in-force': 'GTC',
  'stop-trigger': '190.00',
  legs: wireLegs(CLOSE_TEN),
};
const OCO: WireObject = { type: 'OCO', orders: [PROFIT, STOP] };

function holding(): Bench {
  const bench = createBench();
  bench.place(market([['Buy to Open', 10, 'AAPL']]));
  bench.pass(SECOND);
  return bench;
}

const submit = (bench: Bench, body: unknown): WireObject =>
  field(accepted(bench.desk.submitComplex(bench.account, body, { dryRun: false })), 'complex-order');
const ids = (complex: WireObject): number[] => list(complex, 'orders').map((order) => Number(order['id']));
const statuses = (bench: Bench, of: readonly number[]): unknown[] => of.map((id) => bench.order(id)['status']);

describe('OCO', () => {
  it('begins contingent, then both sides work', () => {
    const bench = holding();
    const complex = submit(bench, OCO);
    expect(list(complex, 'orders')).toEqual([
      expect.objectContaining({
        status: 'Contingent',
        'contingent-status': 'Pending Order',
        'complex-order-tag': 'OCO::order',
        'preflight-id': 0,
        'complex-order-id': complex['id'],
      }),
      expect.objectContaining({ status: 'Contingent', 'preflight-id': 1 }),
    ]);
    bench.pass(SECOND);
    expect(statuses(bench, ids(complex))).toEqual(['Live', 'Live']);
    expect(bench.desk.complexOrders(bench.account)[0]).not.toHaveProperty('terminal-at');
  });

  it('cancels the other side when one trades', () => {
    const bench = holding();
    const parts = ids(submit(bench, OCO));
    bench.pass(SECOND);
    bench.quote('AAPL', { bid: '221', ask: '221.10', last: '221' });
    bench.pass(SECOND);
    bench.pass(SECOND);
    expect(statuses(bench, parts)).toEqual(['Filled', 'Cancelled']);
    expect(bench.desk.complexOrders(bench.account)[0]).toHaveProperty('terminal-at');
    expect(bench.desk.positions(bench.account, { includeMarks: false, includeClosed: false })).toEqual([]);
  });

  it('cancels the other side already when one trades in part', () => {
    const bench = holding();
    const parts = ids(submit(bench, OCO));
    bench.pass(SECOND);
    bench.quote('AAPL', { bid: '221', ask: '221.10', bidSize: '4', last: '221' });
    bench.pass(1100);
    expect(statuses(bench, parts)).toEqual(['Live', 'Cancelled']);
  });

  it('is told by a dry run with tags and warnings, and leaves nothing behind', () => {
    const bench = createBench();
    bench.desk.balances(bench.account);
    const before = bench.desk.snapshot();
    const data = accepted(bench.desk.submitComplex(bench.account, OCO, { dryRun: true }));
    expect(Object.keys(data).toSorted()).toEqual([
      'buying-power-effect',
      'complex-order',
      'fee-calculation',
      'notes',
      'warnings',
    ]);
    expect(list(data, 'warnings').map((warning) => warning['code'])).toEqual(['closing_with_no_position']);
    expect(list(field(data, 'complex-order'), 'orders')[0]).not.toHaveProperty('id');
    expect(bench.desk.snapshot()).toEqual(before);
  });

  it('counts once what its two sides would close, and beside other groups', () => {
    const bench = holding();
    const of = (quantity: number): WireObject => ({
      type: 'OCO',
      orders: [limit(220, [['Sell to Close', quantity, 'AAPL']]), limit(230, [['Sell to Close', quantity, 'AAPL']])],
    });
    submit(bench, of(6));
    submit(bench, of(4));
    const tooMuch = bench.desk.submitComplex(bench.account, of(1), { dryRun: false });
    expect(codes(tooMuch)).toContain('cannot_close_against_more_than_existing_position');
  });

  it('keeps a replaced side in the group', () => {
    const bench = holding();
    const [profit = 0, stop = 0] = ids(submit(bench, OCO));
    bench.pass(SECOND);
    const { legs: _legs, ...at230 } = limit(230, CLOSE_TEN, { 'time-in-force': 'GTC' });
    const replacement = Number(accepted(bench.desk.replace(bench.account, profit, at230, { dryRun: false }))['id']);
    bench.pass(SECOND);
    bench.quote('AAPL', { bid: '189', ask: '189.10', last: '189' });
    bench.pass(2 * SECOND);
    expect(statuses(bench, [profit, stop, replacement])).toEqual(['Cancelled', 'Filled', 'Cancelled']);
  });

  it('does not let a waiting replacement outlive the group', () => {
    const bench = holding();
    const [profit = 0, stop = 0] = ids(submit(bench, OCO));
    bench.pass(990);
    const { legs: _legs, ...at230 } = limit(230, CLOSE_TEN, { 'time-in-force': 'GTC' });
    bench.quote('AAPL', { bid: '189', ask: '189.10', last: '189' });
    const replacement = Number(accepted(bench.desk.replace(bench.account, profit, at230, { dryRun: false }))['id']);
    bench.pass(2 * SECOND);
    expect(statuses(bench, [profit, stop, replacement])).toEqual(['Cancelled', 'Filled', 'Cancelled']);
  });
});

const ENTRY = limit(-201, [['Buy to Open', 10, 'AAPL']]);

describe('OTO and OTOCO', () => {
  it('routes what follows only when the trigger is filled', () => {
    const bench = createBench();
    bench.quote('AAPL', { bid: '203', ask: '203.10', last: '203' });
    const complex = submit(bench, { type: 'OTOCO', 'trigger-order': ENTRY, orders: [PROFIT, STOP] });
    const trigger = Number(field(complex, 'trigger-order')['id']);
    bench.pass(SECOND);
    expect(statuses(bench, [trigger, ...ids(complex)])).toEqual(['Live', 'Contingent', 'Contingent']);
    expect(bench.order(trigger)['complex-order-tag']).toBe('OTOCO::trigger-order');
    bench.quote('AAPL', { bid: '200', ask: '200.10', last: '200' });
    bench.pass(2 * SECOND);
    expect(statuses(bench, [trigger, ...ids(complex)])).toEqual(['Filled', 'Live', 'Live']);
    bench.quote('AAPL', { bid: '189', ask: '189.10', last: '189' });
    bench.pass(2 * SECOND);
    expect(statuses(bench, ids(complex))).toEqual(['Cancelled', 'Filled']);
  });

  it('drops what follows when the trigger ends unfilled', () => {
    const bench = createBench();
    const complex = submit(bench, {
      type: 'OTO',
      'trigger-order': limit(-150, [['Buy to Open', 10, 'AAPL']]),
      orders: [PROFIT],
    });
    bench.pass(SECOND);
    accepted(bench.desk.cancel(bench.account, Number(field(complex, 'trigger-order')['id'])));
    bench.pass(SECOND);
    expect(statuses(bench, ids(complex))).toEqual(['Cancelled']);
  });

  it('rejects what would close more than the trigger opened', () => {
    const bench = createBench();
    const complex = submit(bench, {
      type: 'OTO',
      'trigger-order': limit(-201, [['Buy to Open', 5, 'AAPL']]),
      orders: [PROFIT],
    });
    bench.pass(SECOND);
    const [id = 0] = ids(complex);
    expect(bench.order(id)).toMatchObject({
      status: 'Rejected',
      'reject-reason': 'Cannot close against more than the existing position.',
    });
  });

  it('follows a replaced trigger', () => {
    const bench = createBench();
    bench.quote('AAPL', { bid: '210', ask: '210.10', last: '210' });
    const complex = submit(bench, { type: 'OTO', 'trigger-order': ENTRY, orders: [PROFIT] });
    bench.pass(SECOND);
    const { legs: _legs, ...at211 } = limit(-211, [['Buy to Open', 10, 'AAPL']]);
    accepted(
      bench.desk.replace(bench.account, Number(field(complex, 'trigger-order')['id']), at211, { dryRun: false }),
    );
    bench.pass(2 * SECOND);
    expect(statuses(bench, ids(complex))).toEqual(['Live']);
  });

  it('cancels every part at once on demand', () => {
    const bench = createBench();
    const complex = submit(bench, {
      type: 'OTOCO',
      'trigger-order': limit(-150, [['Buy to Open', 10, 'AAPL']]),
      orders: [PROFIT, STOP],
    });
    bench.pass(SECOND);
    accepted(bench.desk.cancelComplex(bench.account, Number(complex['id'])));
    bench.pass(SECOND);
    expect(statuses(bench, [Number(field(complex, 'trigger-order')['id']), ...ids(complex)])).toEqual([
      'Cancelled',
      'Cancelled',
      'Cancelled',
    ]);
    expect(codes(bench.desk.cancelComplex(bench.account, Number(complex['id'])))).toEqual(['cannot_update_order']);
  });
});

describe('malformed complex orders', () => {
  it.each<[string, unknown, string]>([
    ['an unknown type', { ...OCO, type: 'BLAST' }, 'type'],
    ['one side only', { ...OCO, orders: [PROFIT] }, 'orders'],
    ['a trigger too many', { ...OCO, 'trigger-order': ENTRY }, 'trigger-order'],
    ['no trigger', { type: 'OTO', orders: [PROFIT] }, 'trigger-order'],
    ['a broken part', { ...OCO, orders: [PROFIT, { ...STOP, 'stop-trigger': undefined }] }, 'orders[1].stop-trigger'],
  ])('%s', (_name, body, domain) => {
    const bench = createBench();
    const answer = bench.desk.submitComplex(bench.account, body, { dryRun: false });
    expect(answer).toMatchObject({ status: 400 });
    expect(codes(answer)).toContain(domain);
  });

  it('says which part a refusal is about', () => {
    const bench = createBench();
    const answer = bench.desk.submitComplex(
      bench.account,
      { ...OCO, orders: [PROFIT, { ...PROFIT, price: '0.001' }] },
      { dryRun: true },
    );
    expect(answer).toMatchObject({
      status: 422,
      error: { errors: [{ code: 'invalid_price_increment', 'preflight-id': 1 }] },
    });
  });
});
