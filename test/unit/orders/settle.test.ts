import { describe, expect, it } from 'vitest';
import type { PlacedOrder } from '../../../src/broker/model/order.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Log } from '../../../src/core/log.ts';
import { beginSending } from '../../../src/orders/ledger/begin-sending.ts';
import { recordSent } from '../../../src/orders/ledger/record-outcome.ts';
import type { SentOutcome } from '../../../src/orders/outcome.ts';
import { settleIntent } from '../../../src/orders/settle/settle-intent.ts';
import { createSettler } from '../../../src/orders/settle/settler.ts';
import type { OpenBroker } from '../../../src/orders/settle/settler.ts';
import type { IntentRow } from '../../../src/storage/stores/ledger-store.ts';
import { createFakeBroker } from '../../support/fake-broker.ts';
import { intentRow } from '../../support/intent-rows.ts';
import { MANUAL_CLOCK_START, createManualClock } from '../../support/manual-clock.ts';
import { createMemoryLedger } from '../../support/memory-ledger.ts';
import { placedOrder } from '../../support/placed-orders.ts';
import { desk } from '../tools/order-desk.ts';

const SENT = MANUAL_CLOCK_START;
const SEND_BY = SENT + 5000;
const ID = '00000000-0000-4000-8000-000000000001';

const order = (changes: Partial<PlacedOrder> = {}): PlacedOrder => placedOrder('1001', { externalId: ID, ...changes });

const accepted: SentOutcome = { kind: 'accepted', order: order(), effects: { warnings: [] } };
const refused: SentOutcome = { kind: 'rejected', reasons: [{ code: 'no', message: 'No.' }] };
const lost: SentOutcome = { kind: 'unknown', why: 'The connection was cut.' };

/** An order that left at `SENT` and of which nothing more is known, and a settler that looks after it. */
async function scene(changes: Partial<IntentRow> = {}) {
  const clock = createManualClock();
  const fake = createFakeBroker({ clock });
  const ledger = createMemoryLedger();
  const alarms: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void alarms.push(message) };
  const row = intentRow('t', ID, {
    state: 'sending',
    createdAt: SENT,
    updatedAt: SENT,
    sentAt: SENT,
    sendBy: SEND_BY,
    lookAt: SENT + 8000,
    ...changes,
  });
  const own = ledger.of('t');
  await own.transact((tx) => tx.insert(row));
  const settlerOver = (openBroker: OpenBroker = async () => fake.broker, store = ledger.as('replica')) =>
    createSettler({ store, openBroker, clock, log });
  const now = async (): Promise<IntentRow> => {
    const present = await own.intent(ID);
    if (present === undefined) throw new Error('The intent is gone');
    return present;
  };
  const states = () => ledger.auditEntries('t').map(({ from, to }) => `${String(from)} → ${String(to)}`);
  const reach = { broker: fake.broker, ledger: own, clock, log };
  return { ...fake, clock, ledger, own, log, row, alarms, settlerOver, now, states, reach };
}

const outcomeOf = ({ outcome }: IntentRow): unknown => (outcome === null ? null : (JSON.parse(outcome) as unknown));

describe('the settler', () => {
  it('finds an order that came late, and tells the one it found', async () => {
    const { clock, state, settlerOver, now, states } = await scene();
    const settler = settlerOver();
    clock.after(20_000, () => void state.orders.push(order()));
    await clock.advance(19_000);
    expect(await now()).toMatchObject({ state: 'sending' });
    await clock.advance(9_000);
    expect(await now()).toMatchObject({ state: 'settled', settlement: 'found', orderId: '1001', lookAt: null });
    expect(outcomeOf(await now())).toMatchObject({ kind: 'accepted', order: { id: '1001' } });
    expect(states()).toEqual(['sending → settled']);
    await settler.close();
  });

  it('finds an order that was turned away behind the door, and tells it as rejected', async () => {
    const { clock, state, settlerOver, now } = await scene();
    const settler = settlerOver();
    state.orders.push(order({ status: 'Rejected', rejectReason: 'Session offline' }));
    await clock.advance(10_000);
    expect(await now()).toMatchObject({ state: 'settled', settlement: 'found', orderId: '1001' });
    expect(outcomeOf(await now())).toMatchObject({ kind: 'rejected', reasons: [{ message: 'Session offline' }] });
    await settler.close();
  });

  it('takes an order for absent only when it could no longer be on its way, and within a minute', async () => {
    const { clock, settlerOver, now, callsTo } = await scene();
    const settler = settlerOver();
    await clock.advance(34_999);
    expect(await now()).toMatchObject({ state: 'unknown', settlement: null });
    expect(callsTo('orders.findByExternalId').length).toBeGreaterThan(3);
    await clock.advance(2001);
    expect(await now()).toMatchObject({ state: 'settled', settlement: 'absent', lookAt: null, flaggedAt: null });
    expect(outcomeOf(await now())).toMatchObject({ kind: 'rejected', reasons: [{ code: 'never_arrived' }] });
    await settler.close();
  });

  it('says after 27 seconds that its sender has gone, and records no look that taught nothing', async () => {
    const { clock, settlerOver, now, states } = await scene();
    const settler = settlerOver();
    await clock.advance(26_000);
    expect(await now()).toMatchObject({ state: 'sending', outcome: null });
    await clock.advance(8000);
    expect(await now()).toMatchObject({ state: 'unknown' });
    expect(states()).toEqual(['sending → unknown']);
    await settler.close();
  });

  it('flags for a person, within a minute, what cannot be looked for; and settles it when it can', async () => {
    const { clock, state, settlerOver, now, alarms, states, broker } = await scene();
    let isDown = true;
    const flaky: OpenBroker = async () => ({
      ...broker,
      orders: {
        ...broker.orders,
        findByExternalId: async (...args) => {
          if (isDown) throw new GatewayError('broker_unavailable', 'Down.');
          return broker.orders.findByExternalId(...args);
        },
      },
    });
    const settler = settlerOver(flaky);
    await clock.advance(47_000);
    expect(await now()).toMatchObject({ state: 'unknown', flaggedAt: null });
    await clock.advance(7000);
    const flagged = await now();
    expect(flagged).toMatchObject({ state: 'unknown', settlement: null });
    expect(flagged.flaggedAt).toBeGreaterThanOrEqual(SENT + 48_000);
    expect(flagged.flaggedAt).toBeLessThanOrEqual(SENT + 58_000);
    expect(alarms).toEqual(['An order could not be settled: a person must look']);
    isDown = false;
    state.orders.push(order());
    await clock.advance(70_000);
    expect(await now()).toMatchObject({ state: 'settled', settlement: 'found' });
    expect(states()).toEqual(['sending → unknown', 'unknown → unknown', 'unknown → settled']);
    expect(alarms).toHaveLength(1);
    await settler.close();
  });

  it('flags as well where looking hangs', async () => {
    const { clock, settlerOver, now, hang } = await scene();
    hang('orders.findByExternalId');
    const settler = settlerOver();
    await clock.advance(60_000);
    expect(await now()).toMatchObject({ state: 'unknown', flaggedAt: expect.any(Number), settlement: null });
    await settler.close();
  });

  it('flags as well where the login of the tenant cannot be opened', async () => {
    const { clock, settlerOver, now } = await scene();
    const settler = settlerOver(() => Promise.reject(new GatewayError('reconnect_needed', 'The login has ended.')));
    await clock.advance(60_000);
    expect(await now()).toMatchObject({ state: 'unknown', flaggedAt: expect.any(Number) });
    await settler.close();
  });

  it('leaves what belongs to a tenant it does not know to others, until nobody can be coming', async () => {
    const { clock, settlerOver, now, row, calls } = await scene();
    const settler = settlerOver(async () => undefined);
    await clock.advance(100_000);
    expect(await now()).toEqual(row);
    await clock.advance(35_000);
    expect(await now()).toMatchObject({ state: 'unknown', flaggedAt: expect.any(Number) });
    expect(calls).toEqual([]);
    await settler.close();
  });

  it('gives up what was written and never sent, and then it cannot be sent any more', async () => {
    const { clock, settlerOver, now, row, calls } = await scene({
      state: 'drafted',
      sentAt: null,
      sendBy: null,
      lookAt: SENT + 60_000,
    });
    const settler = settlerOver();
    await clock.advance(59_000);
    expect(await now()).toMatchObject({ state: 'drafted' });
    await clock.advance(2000);
    expect(await now()).toMatchObject({ state: 'rejected', lookAt: null });
    expect(outcomeOf(await now())).toMatchObject({ kind: 'rejected', reasons: [{ code: 'not_sent' }] });
    expect(calls).toEqual([]);
    await settler.close();
    const { context } = desk();
    const { own } = await scene({ state: 'rejected' });
    await expect(beginSending(row, { ...context, ledger: own })).rejects.toMatchObject({ code: 'deadline_exceeded' });
  });

  it('of two replicas only one looks at a time', async () => {
    const { clock, ledger, settlerOver, callsTo } = await scene();
    const settlers = ['one', 'two', 'three'].map((name) => settlerOver(undefined, ledger.as(name)));
    await clock.advance(9000);
    expect(callsTo('orders.findByExternalId')).toHaveLength(1);
    await Promise.all(settlers.map((settler) => settler.close()));
  });

  it('takes over from a replica that died while it looked', async () => {
    const { clock, ledger, settlerOver, now, broker, state } = await scene();
    settlerOver(async () => {
      ledger.kill('dying');
      return broker;
    }, ledger.as('dying'));
    await clock.advance(9000);
    state.orders.push(order());
    const other = settlerOver(undefined, ledger.as('other'));
    await clock.advance(10_000);
    expect(await now()).toMatchObject({ state: 'settled', settlement: 'found' });
    await other.close();
  });

  it('ends with its rounds, in bounded time', async () => {
    const { clock, settlerOver, hang, now } = await scene({ lookAt: SENT });
    hang('orders.findByExternalId');
    const settler = settlerOver();
    await clock.advance(1000);
    const closed = settler.close();
    await clock.advance(2000);
    await closed;
    await clock.advance(60_000);
    expect((await now()).flaggedAt).toBeNull();
  });
});

describe('one look', () => {
  it('says in whole milliseconds when to look again, whenever it is made', async () => {
    const { clock, row, own, reach } = await scene({ state: 'unknown' });
    for (let at = SENT + 1; at < SEND_BY + 30_000; at += 331) {
      clock.set(at);
      const { lookAt } = await settleIntent(row, reach);
      expect(Number.isSafeInteger(lookAt)).toBe(true);
      expect(lookAt).toBeGreaterThan(at);
      expect((await own.intent(ID))?.lookAt).toBe(lookAt);
    }
  });

  it('that began too early proves no absence, however late it ends', async () => {
    const { clock, row, own, reach, broker } = await scene({ state: 'unknown' });
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const slow = { ...broker, orders: { ...broker.orders, findByExternalId: () => promise } };
    clock.set(SEND_BY + 29_999);
    const looking = settleIntent(row, { ...reach, broker: slow });
    clock.set(SEND_BY + 33_000);
    resolve(undefined);
    expect(await looking).toMatchObject({ state: 'unknown', settlement: null });
    clock.set(SEND_BY + 30_000);
    expect(await settleIntent(row, reach)).toMatchObject({ state: 'settled', settlement: 'absent' });
    expect(await own.intent(ID)).toMatchObject({ settlement: 'absent' });
  });

  it('that failed proves nothing, however late', async () => {
    const { clock, row, reach, fail } = await scene({ state: 'unknown' });
    fail('orders.findByExternalId', new GatewayError('broker_timeout', 'Slow.'));
    clock.set(SEND_BY + 3_600_000);
    expect(await settleIntent(row, reach)).toMatchObject({ state: 'unknown', settlement: null });
  });

  it('of an order that has been settled meanwhile changes nothing', async () => {
    const { row, own, reach, states } = await scene({ state: 'unknown' });
    await recordSent(ID, accepted, reach);
    expect(await settleIntent(row, reach)).toMatchObject({ state: 'settled', settlement: 'answered' });
    expect(await own.intent(ID)).toMatchObject({ settlement: 'answered' });
    expect(states()).toEqual(['unknown → settled']);
  });

  it.each([
    ['Cancel Requested', 'settled'],
    ['Cancelled', 'settled'],
    ['Filled', 'settled'],
    ['Live', 'unknown'],
  ])('of a cancel sees it in the order itself: %s is %s', async (status, state) => {
    const { row, reach, state: book } = await scene({ state: 'unknown', action: 'cancel', targetId: '1001' });
    book.orders.push(order({ status }));
    expect(await settleIntent(row, reach)).toMatchObject({ state });
  });

  it.each([
    [['Cancelled', 'Cancel Requested'], 'settled'],
    [['Cancelled', 'Live'], 'unknown'],
  ])('of a cancel of a complex order sees it in all its parts: %j is %s', async (statuses, state) => {
    const { row, reach, state: book } = await scene({ state: 'unknown', action: 'cancel-complex', targetId: '50' });
    book.orders.push(...statuses.map((status, at) => order({ id: String(at), status, complexOrderId: '50' })));
    expect(await settleIntent(row, reach)).toMatchObject({ state });
  });
});

describe('what the sender hears after all', () => {
  it('is written down, whatever was known before: accepted, rejected or unknown', async () => {
    for (const [outcome, state] of [
      [accepted, 'accepted'],
      [refused, 'rejected'],
      [lost, 'unknown'],
    ] as const) {
      const { reach } = await scene();
      expect(await recordSent(ID, outcome, reach)).toMatchObject({ state });
    }
  });

  it('settles what was unknown', async () => {
    const { reach } = await scene({ state: 'unknown' });
    expect(await recordSent(ID, accepted, reach)).toMatchObject({
      state: 'settled',
      settlement: 'answered',
      orderId: '1001',
    });
  });

  it('does not make unknown again what is known', async () => {
    const { reach, state } = await scene({ state: 'unknown' });
    state.orders.push(order());
    await settleIntent((await reach.ledger.intent(ID)) as IntentRow, reach);
    expect(await recordSent(ID, lost, reach)).toMatchObject({ state: 'settled', settlement: 'found' });
    expect(await recordSent(ID, refused, reach)).toMatchObject({
      state: 'settled',
      settlement: 'found',
      orderId: '1001',
    });
  });

  it('overturns an absence, and a person is to know of it', async () => {
    const { clock, row, reach, states } = await scene({ state: 'unknown' });
    clock.set(SEND_BY + 30_000);
    await settleIntent(row, reach);
    const late = await recordSent(ID, accepted, reach);
    expect(late).toMatchObject({
      state: 'settled',
      settlement: 'answered',
      orderId: '1001',
      flaggedAt: SEND_BY + 30_000,
    });
    expect(states()).toEqual(['unknown → settled', 'settled → settled']);
  });
});
