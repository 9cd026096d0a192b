import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { Carried } from '../../../src/orders/carry-out.ts';
import { cancelOrder } from '../../../src/orders/cancel.ts';
import { placeOrder } from '../../../src/orders/place.ts';
import type { AskedPlace } from '../../../src/orders/proposal/propose-order.ts';
import { settleIntent } from '../../../src/orders/settle/settle-intent.ts';
import type { IntentRow, TenantLedger } from '../../../src/storage/stores/ledger-store.ts';
import type { TenantContext } from '../../../src/tenancy/tenant-context.ts';
import { ACCOUNT } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { DATE, desk, sent } from '../tools/order-desk.ts';

const ASKED: AskedPlace = {
  legs: [
    {
      spec: { symbol: 'SPY', optionSide: 'C', strike: decimal(600), expiration: isoDate(DATE) },
      action: 'Buy to Open',
      quantity: decimal(1),
    },
  ],
  orderType: 'Limit',
  timeInForce: 'Day',
  price: decimal('-12.35'),
};

const place = (bench: Bench, context: TenantContext): Promise<Carried> =>
  bench.settle(placeOrder({ asked: ASKED, terms: { allowDuplicate: true } }, ACCOUNT, context));

/** The bench's context, where something happens just as an order is about to be sent. */
function interrupted(bench: Bench, happens: () => Promise<void> | void): TenantContext {
  const { broker } = bench.context;
  const interruptedPlace: Broker['orders']['place'] = async (account, order, sending) => {
    await happens();
    return broker.orders.place(account, order, sending);
  };
  return { ...bench.context, broker: { ...broker, orders: { ...broker.orders, place: interruptedPlace } } };
}

/** A ledger whose database goes away after so many steps. */
function failingAfter(ledger: TenantLedger, steps: number): TenantLedger {
  let left = steps;
  return {
    ...ledger,
    transact(work) {
      left -= 1;
      if (left < 0) return Promise.reject(new GatewayError('storage_unavailable', 'The database is away.'));
      return ledger.transact(work);
    },
  };
}

const only = (bench: Bench): IntentRow => {
  const [row, ...others] = bench.ledger.all();
  if (row === undefined || others.length > 0) throw new Error('There should be one intent');
  return row;
};
const states = (bench: Bench): string[] =>
  bench.ledger.auditEntries('tenant-1').map(({ from, to }) => `${String(from)} → ${String(to)}`);

describe('an order on its way', () => {
  it('is written down before it is sent, and each change of its state has a record', async () => {
    const bench = desk();
    const seen: string[][] = [];
    const context = interrupted(bench, () => void seen.push([only(bench).state, ...states(bench)]));
    const carried = await place(bench, context);
    expect(seen).toEqual([['drafted', 'null → drafted']]);
    expect(carried).toMatchObject({ kind: 'sent', result: { outcome: { kind: 'accepted' }, replayed: false } });
    expect(states(bench)).toEqual(['null → drafted', 'drafted → sending', 'sending → accepted']);
    expect(only(bench)).toMatchObject({
      action: 'place',
      account: ACCOUNT,
      subject: 'someone',
      isOpening: 1,
      exposure: '1240',
      notional: '1240',
      day: '2026-11-23',
      orderId: '1001',
      lookAt: null,
    });
    expect(sent(bench)).toMatchObject([{ externalId: only(bench).id }]);
  });

  it('is not sent when trading was stopped between its writing and its sending', async () => {
    const bench = desk();
    const context = interrupted(bench, () =>
      bench.ledger.setStop({ scope: 'tenant-1', isOn: 1, reason: 'enough', by: 'ops', at: 0 }),
    );
    await expect(place(bench, context)).rejects.toMatchObject({ code: 'trading_stopped' });
    expect(bench.state.orders).toEqual([]);
    expect(only(bench)).toMatchObject({ state: 'rejected', sentAt: null });
  });

  it('is not sent when it was given up meanwhile', async () => {
    const bench = desk();
    const { ledger, clock, log } = bench.context;
    const context = interrupted(bench, async () => void (await settleIntent(only(bench), { ledger, clock, log })));
    await expect(place(bench, context)).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(bench.state.orders).toEqual([]);
    expect(only(bench)).toMatchObject({ state: 'rejected' });
  });

  it('is not sent when its caller left before the first byte', async () => {
    const bench = desk();
    const context = interrupted(bench, () => bench.hangUp());
    const outcome = await place(bench, context).catch((error: unknown) => error);
    expect(bench.state.orders).toEqual([]);
    expect(JSON.stringify(outcome)).toMatch(/not_sent|cancelled/u);
    expect(only(bench)).toMatchObject({ state: 'rejected' });
  });

  it('is not sent when it cannot be written down', async () => {
    const bench = desk();
    const context = { ...bench.context, ledger: failingAfter(bench.context.ledger, 0) };
    await expect(place(bench, context)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(sent(bench)).toEqual([]);
  });

  it('is not sent when its sending cannot be written down', async () => {
    const bench = desk();
    const context = { ...bench.context, ledger: failingAfter(bench.context.ledger, 1) };
    await expect(place(bench, context)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(bench.state.orders).toEqual([]);
    expect(only(bench)).toMatchObject({ state: 'drafted', lookAt: expect.any(Number) });
  });

  it('is told as it went when only its outcome could not be written down, and is settled later', async () => {
    const bench = desk();
    const context = { ...bench.context, ledger: failingAfter(bench.context.ledger, 2) };
    const carried = await place(bench, context);
    expect(carried).toMatchObject({ kind: 'sent', result: { outcome: { kind: 'accepted', order: { id: '1001' } } } });
    expect(only(bench)).toMatchObject({ state: 'sending', outcome: null, lookAt: expect.any(Number) });
    const settled = await settleIntent(only(bench), bench.context);
    expect(settled).toMatchObject({ state: 'settled', settlement: 'found', orderId: '1001' });
    expect(sent(bench)).toHaveLength(1);
  });

  it('of a plan that reads only is refused before anything is asked of the broker’s order desk', async () => {
    const bench = desk({ readOnly: true });
    await expect(place(bench, bench.context)).rejects.toMatchObject({
      code: 'limit_exceeded',
      details: { rule: 'read_only' },
    });
    expect(bench.ledger.all()).toEqual([]);
  });

  it('that the broker would refuse is not sent, and says why', async () => {
    const bench = desk();
    const effects = { buyingPower: { changeInBuyingPower: decimal(-1) }, warnings: [] };
    bench.state.preview = { kind: 'refused', reasons: [{ code: 'no', message: 'No.' }], effects };
    expect(await place(bench, bench.context)).toMatchObject({
      kind: 'foretold',
      outcome: { kind: 'would-be-rejected', reasons: [{ code: 'no' }] },
    });
    expect(sent(bench)).toEqual([]);
    expect(bench.ledger.all()).toEqual([]);
  });
});

describe('an order that the broker’s dry run refuses without figures', () => {
  it('is told in the broker’s words, not as a figure that is missing', async () => {
    const bench = desk();
    bench.state.preview = { kind: 'refused', reasons: [{ code: 'no', message: 'No.' }] };
    expect(await place(bench, bench.context)).toMatchObject({
      kind: 'foretold',
      outcome: { reasons: [{ code: 'no' }] },
    });
    expect(sent(bench)).toEqual([]);
  });

  it('is refused all the same by a rule that stands against it', async () => {
    const bench = desk({ maxContracts: decimal(0) });
    bench.state.preview = { kind: 'refused', reasons: [{ code: 'no', message: 'No.' }] };
    await expect(place(bench, bench.context)).rejects.toMatchObject({ details: { rule: 'quantity' } });
  });
});

describe('a cancel', () => {
  it('is an intent of its own, counts for no limit, and passes with trading stopped', async () => {
    const bench = desk({ ordersPerDay: 1, ordersPerMinute: 1 });
    await place(bench, bench.context);
    bench.ledger.setStop({ scope: 'global', isOn: 1, reason: 'enough', by: 'ops', at: 0 });
    const { outcome } = await bench.settle(cancelOrder('1001', ACCOUNT, bench.context));
    expect(outcome).toMatchObject({ kind: 'accepted', order: { status: 'Cancel Requested' } });
    const row = bench.ledger.all().find(({ action }) => action === 'cancel');
    expect(row).toMatchObject({ state: 'accepted', targetId: '1001', notional: '0', isOpening: 0 });
  });

  it('asked twice is sent twice: a cancel does no harm', async () => {
    const bench = desk();
    await place(bench, bench.context);
    await bench.settle(cancelOrder('1001', ACCOUNT, bench.context));
    await bench.settle(cancelOrder('1001', ACCOUNT, bench.context));
    expect(bench.callsTo('orders.cancel')).toHaveLength(2);
  });
});
