import { describe, expect, it } from 'vitest';
import type { PlacedOrder } from '../../../src/broker/model/order.ts';
import { brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { placedOrder } from '../../support/placed-orders.ts';
import { desk } from './order-desk.ts';

const order = (id: string, changes: Partial<PlacedOrder> = {}): PlacedOrder =>
  placedOrder(id, { underlying: brokerSymbol('SPY'), ...changes });

const OPTION = brokerSymbol('QQQ   261218C00600000');
const leg = { symbol: OPTION, type: 'Equity Option', action: 'Buy to Open', fills: [] };

function busy(): Bench {
  const bench = desk();
  bench.state.orders = [
    order('1'),
    order('2', { underlying: brokerSymbol('QQQ'), legs: [leg] }),
    order('3', { status: 'Filled', isCancellable: false }),
    order('4', { status: 'Cancel Requested' }),
    order('5', { complexOrderId: '50', status: 'Live' }),
    order('6', { complexOrderId: '50', status: 'Contingent' }),
  ];
  return bench;
}

const cancels = (bench: Bench): unknown[] =>
  bench.calls
    .filter(({ operation }) => operation.startsWith('orders.cancel'))
    .map(({ operation, args }) => [operation, args[1]])
    .toSorted();

describe('cancel_all_orders', () => {
  it('cancels what works, complex orders as one, and leaves the rest alone', async () => {
    const bench = busy();
    const data = await bench.ask<{ cancelled: { order_ids: string[] }[] }>('cancel_all_orders');
    expect(cancels(bench)).toEqual([
      ['orders.cancel', '1'],
      ['orders.cancel', '2'],
      ['orders.cancelComplex', '50'],
    ]);
    expect(data.cancelled.toSorted((a, b) => (a.order_ids.join() < b.order_ids.join() ? -1 : 1))).toEqual([
      { order_ids: ['1'], outcome: 'accepted', reasons: [] },
      { order_ids: ['2'], outcome: 'accepted', reasons: [] },
      { order_ids: ['5', '6'], outcome: 'accepted', reasons: [] },
    ]);
    expect(bench.state.orders.map(({ status }) => status).filter((status) => status === 'Live')).toEqual([]);
  });

  it.each([
    ['an underlying', 'qqq', ['2']],
    ['an instrument', OPTION, ['2']],
    ['another underlying', 'SPY', ['1', '5', '6']],
  ])('cancels those in one symbol: %s', async (_, symbol, ids) => {
    const bench = busy();
    const data = await bench.ask<{ cancelled: { order_ids: string[] }[] }>('cancel_all_orders', { symbol });
    expect(data.cancelled.flatMap((row) => row.order_ids).toSorted()).toEqual(ids);
  });

  it('says so when there is nothing to cancel', async () => {
    expect(await desk().run('cancel_all_orders')).toMatchObject({
      data: { cancelled: [] },
      text: expect.stringContaining('nothing to cancel'),
    });
  });

  it('tells what works and cannot be cancelled now: it may still fill', async () => {
    const bench = desk();
    bench.state.orders = [order('1', { status: 'In Flight', isCancellable: false })];
    expect(await bench.run('cancel_all_orders')).toMatchObject({
      data: { cancelled: [{ order_ids: ['1'], outcome: 'rejected', reasons: [{ code: 'not_cancellable' }] }] },
      text: expect.stringContaining('In Flight'),
    });
    expect(cancels(bench)).toEqual([]);
  });

  it('goes on after one that fails, and sends each once', async () => {
    const bench = desk();
    bench.state.orders = ['1', '2', '3'].map((id) => order(id));
    bench.state.sends = [
      { kind: 'refuse', code: 'cannot_update_order', message: 'Too late.' },
      { kind: 'throw', error: new GatewayError('rate_limited', 'Too many.'), beforeBegin: true },
    ];
    const data = await bench.ask<{ cancelled: { outcome: string; reasons: { code: string }[] }[] }>(
      'cancel_all_orders',
    );
    expect(data.cancelled.map(({ outcome, reasons }) => reasons[0]?.code ?? outcome).toSorted()).toEqual([
      'accepted',
      'cannot_update_order',
      'rate_limited',
    ]);
    expect(cancels(bench)).toHaveLength(3);
  });

  it('needs no confirmation, and neither the kill switch nor closing-only stands in its way', async () => {
    const bench = busy();
    bench.ledger.setStop({ scope: 'global', isOn: 1, reason: 'test', by: 'ops', at: 0 });
    const strict = bench.as({ plan: { confirm: 'always', closingOnly: true, ordersPerDay: 0 } });
    const data = await strict.ask<{ cancelled: { outcome: string }[] }>('cancel_all_orders');
    expect(data.cancelled.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'accepted']);
  });

  it('is refused to a plan that only reads', async () => {
    const bench = busy();
    const reader = bench.as({ plan: { readOnly: true } });
    const data = await reader.ask<{ cancelled: { outcome: string }[] }>('cancel_all_orders');
    expect(new Set(data.cancelled.map(({ outcome }) => outcome))).toEqual(new Set(['rejected']));
    expect(cancels(bench)).toEqual([]);
  });

  it('fails as a whole when the working orders cannot be read', async () => {
    const bench = busy();
    bench.fail('orders.live', new GatewayError('broker_unavailable', 'Down.'));
    expect(await bench.refusal('cancel_all_orders')).toMatchObject({ code: 'broker_unavailable' });
  });
});
