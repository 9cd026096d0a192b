import { describe, expect, it } from 'vitest';
import {
  accepted,
  codes,
  createBench,
  limit,
  list,
  market,
  SECOND,
  type Bench,
} from '../../support/simulator-desk/desk-bench.ts';

const BUY_TEN = [['Buy to Open', 10, 'AAPL']] as const;
const { legs: _legs, ...AT_198 } = limit(-198, BUY_TEN);

function working(): { bench: Bench; original: number } {
  const bench = createBench();
  const original = bench.place(limit(-190, BUY_TEN, { 'external-identifier': 'first' }));
  bench.pass(SECOND);
  return { bench, original };
}

describe('replacing an order', () => {
  it('cancels first and starts the new one only then', () => {
    const { bench, original } = working();
    const answer = accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: false }));
    const replacement = Number(answer['id']);
    expect(answer).toMatchObject({
      status: 'Contingent',
      'contingent-status': 'Pending Order',
      'replaces-order-id': original,
      price: '198.0',
    });
    expect(bench.order(original)).toMatchObject({
      status: 'Replace Requested',
      'replacing-order-id': replacement,
      edited: false,
    });
    bench.pass(50);
    expect(bench.order(original)).toMatchObject({ status: 'Cancelled', edited: true });
    expect(bench.order(replacement)['status']).toBe('Routed');
    bench.pass(SECOND);
    expect(bench.order(replacement)['status']).toBe('Live');
    expect(replacement).not.toBe(original);
  });

  it('loses to a fill of the original that comes before the cancel', () => {
    const { bench, original } = working();
    bench.clock.set(bench.clock.now() + 990);
    const replacement = Number(accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: false }))['id']);
    bench.quote('AAPL', { bid: '189', ask: '189.10' });
    bench.pass(SECOND);
    expect(bench.order(original)['status']).toBe('Filled');
    expect(bench.order(replacement)['status']).toBe('Cancelled');
    expect(list(bench.order(replacement), 'legs')[0]?.['fills']).toEqual([]);
  });

  it('is reduced by what reached the original meanwhile', () => {
    const { bench, original } = working();
    bench.clock.set(bench.clock.now() + 990);
    const replacement = Number(accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: false }))['id']);
    bench.quote('AAPL', { bid: '189', ask: '189.10', askSize: '4' });
    bench.pass(SECOND);
    expect(list(bench.order(original), 'legs')[0]).toMatchObject({ quantity: 10, 'remaining-quantity': 6 });
    expect(list(bench.order(replacement), 'legs')[0]?.['quantity']).toBe(6);
    bench.pass(5 * SECOND);
    expect(bench.desk.positions(bench.account, { includeMarks: false, includeClosed: false })[0]?.['quantity']).toBe(
      10,
    );
  });

  it('keeps with PATCH what is not said, and wants all with PUT', () => {
    const { bench, original } = working();
    const put = bench.desk.replace(bench.account, original, { price: '191.00' }, { dryRun: false });
    expect(codes(put)).toEqual(expect.arrayContaining(['order-type', 'time-in-force']));
    const patched = accepted(
      bench.desk.replace(bench.account, original, { price: '191.00' }, { dryRun: false, partial: true }),
    );
    expect(patched).toMatchObject({
      price: '191.0',
      'price-effect': 'Debit',
      'order-type': 'Limit',
      'external-identifier': 'first',
    });
  });

  it('tells by a dry run what would become of it', () => {
    const { bench, original } = working();
    const before = bench.desk.snapshot();
    const answer = accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: true }));
    expect(answer).toMatchObject({
      order: { 'updated-at': 0, 'replaces-order-id': original },
      'buying-power-effect': { effect: 'Debit' },
    });
    expect(bench.desk.snapshot()).toEqual(before);
  });

  it('counts the original in a dry run, and not when it is meant', () => {
    const bench = createBench();
    const original = bench.place(limit(-190, [['Buy to Open', 800, 'AAPL']]));
    bench.pass(SECOND);
    expect(codes(bench.desk.replace(bench.account, original, AT_198, { dryRun: true }))).toEqual([
      'margin_check_failed',
    ]);
    accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: false }));
  });

  it('is refused when the new price is', () => {
    const { bench, original } = working();
    expect(
      codes(bench.desk.replace(bench.account, original, { ...AT_198, price: '198.001' }, { dryRun: false })),
    ).toEqual(['invalid_price_increment']);
    expect(bench.order(original)['status']).toBe('Live');
  });

  it('is refused for what is over, on its way out, or unknown', () => {
    const { bench, original } = working();
    const filled = bench.place(market(BUY_TEN));
    bench.pass(SECOND);
    accepted(bench.desk.cancel(bench.account, original));
    for (const id of [filled, original])
      expect(codes(bench.desk.replace(bench.account, id, AT_198, { dryRun: false }))).toEqual(['cannot_update_order']);
    expect(bench.desk.replace(bench.account, 12, AT_198, { dryRun: false })).toMatchObject({ status: 404 });
  });

  it('can be replaced again, and each replacement knows the one before', () => {
    const { bench, original } = working();
    const second = Number(accepted(bench.desk.replace(bench.account, original, AT_198, { dryRun: false }))['id']);
    bench.pass(SECOND);
    const third = Number(
      accepted(bench.desk.replace(bench.account, second, { ...AT_198, price: '197.00' }, { dryRun: false }))['id'],
    );
    bench.pass(SECOND);
    expect([bench.order(original), bench.order(second), bench.order(third)].map((order) => order['status'])).toEqual([
      'Cancelled',
      'Cancelled',
      'Live',
    ]);
    expect(bench.order(third)['replaces-order-id']).toBe(second);
  });
});
