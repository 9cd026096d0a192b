import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shareAccountReads } from '../../../src/broker/share-account-reads.ts';
import type { Broker } from '../../../src/broker/broker.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { data, lists, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { calm, testUpstream } from '../../support/upstream.ts';
import { ACCOUNT, ORDERS, held, order, sending } from './sample-order.ts';

const POSITIONS = '/accounts/5WT00000/positions';
/** 22:30 in New York on the 22nd: another day in London. */
const LATE_EVENING = Date.UTC(2026, 10, 23, 3, 30);
const TODAY = '2026-11-22';

const closed = {
  'account-number': '5WT00000',
  symbol: 'SPY',
  'instrument-type': 'Equity',
  'underlying-symbol': 'SPY',
  quantity: 0,
  'quantity-direction': 'Zero',
};
const realized = (amount: unknown, effect?: string, date?: string) => ({
  ...closed,
  'realized-day-gain': '99999',
  'realized-day-gain-effect': 'Credit',
  'realized-today': amount,
  ...(effect === undefined ? {} : { 'realized-today-effect': effect }),
  ...(date === undefined ? {} : { 'realized-today-date': date }),
});

let fake: FakeBroker;
let broker: Broker;

beforeEach(async () => {
  fake = await startFakeBroker();
  broker = createTastytradeBroker(testUpstream(fake.url, { clock: createManualClock(LATE_EVENING) }));
});

afterEach(async () => {
  const closing = broker.close();
  await fake.close();
  await closing;
});

const total = async () => (await broker.accounts.holdings(ACCOUNT, calm)).realizedToday;

describe('what today’s closing trades brought', () => {
  test('is added up exactly, with its signs, closed positions included', async () => {
    fake.on('GET', POSITIONS, () =>
      lists([
        realized('100.10', 'Credit', TODAY),
        realized('250.35', 'Debit', TODAY),
        realized(0.1, 'Debit', TODAY),
        realized('0.0', 'None', TODAY),
        realized('0.0'),
      ]),
    );
    await expect(total()).resolves.toBe('-150.35');
    expect(fake.seenAt('GET', POSITIONS)[0]?.query.get('include-closed-positions')).toBe('true');
  });

  test('is nothing without positions', async () => {
    fake.on('GET', POSITIONS, () => lists([]));
    await expect(total()).resolves.toBe('0');
  });

  test.each([
    ['of an earlier day', '2026-11-21', '0'],
    ['of this day in New York', TODAY, '-5'],
    ['of the session that has begun this evening', '2026-11-23', '-5'],
    ['of no day that is told', undefined, '-5'],
  ])('counts a figure %s as %s says', async (_name, date, expected) => {
    fake.on('GET', POSITIONS, () => lists([realized('5', 'Debit', date)]));
    await expect(total()).resolves.toBe(expected);
  });

  test.each([
    ['without the figure', closed],
    ['with an empty figure', realized('')],
    ['with no figure', realized(null)],
    ['with a figure that is none', realized('NaN', 'Debit', TODAY)],
    ['without an effect', realized('5', undefined, TODAY)],
    ['with an effect of none', realized('5', 'None', TODAY)],
    ['with an effect of no known name', realized('5', 'Sideways', TODAY)],
    ['with a sign against its effect', realized('-5', 'Credit', TODAY)],
    ['with a day that is none', realized('5', 'Debit', 'yesterday')],
  ])('is not guessed of a position %s', async (_name, position) => {
    const open = { ...realized('0.0'), quantity: 3, 'quantity-direction': 'Long' };
    fake.on('GET', POSITIONS, () => lists([open, position]));
    const { positions, ...rest } = await broker.accounts.holdings(ACCOUNT, calm);
    expect(rest).toEqual({});
    // What is held is known all the same, and is what is open.
    expect(positions).toMatchObject([{ symbol: 'SPY', quantity: '3', direction: 'Long' }]);
  });

  test('is of no use, nor is the rest, when a position is not understood', async () => {
    fake.on('GET', POSITIONS, () => lists([realized('0.0'), { symbol: 'SPY' }]));
    await expect(total()).rejects.toThrow(expect.objectContaining({ code: 'broker_not_understood' }));
  });

  test('is not nothing because the broker could not be asked', async () => {
    fake.on('GET', POSITIONS, () => refusal(403, 'not_permitted'));
    await expect(total()).rejects.toThrow(expect.objectContaining({ code: 'broker_not_permitted' }));
  });
});

describe('concurrent callers', () => {
  test('share one reading of it, and none that began before an order', async () => {
    const shared = shareAccountReads(broker);
    const read = async () => (await shared.accounts.holdings(ACCOUNT, calm)).realizedToday;
    fake.on('GET', POSITIONS, () => lists([realized('5', 'Debit')]));
    fake.on('POST', '/accounts/5WT00000/complex-orders', () => data({ 'complex-order': { id: 3, orders: [held(7)] } }));
    fake.on('DELETE', '/accounts/5WT00000/complex-orders/3', () => data({ id: 3, orders: [held(7)] }));
    fake.on('POST', ORDERS, () => data({ order: held(7) }, 201));
    await expect(Promise.all([read(), read(), read()])).resolves.toEqual(['-5', '-5', '-5']);
    expect(fake.seenAt('GET', POSITIONS)).toHaveLength(1);

    const trigger = { ...order, externalId: 'tg-0' };
    const writes = [
      () => shared.orders.place(ACCOUNT, order, sending()),
      () => shared.orders.placeComplex(ACCOUNT, { type: 'OTO', trigger, orders: [order] }, sending()),
      () => shared.orders.cancelComplex(ACCOUNT, '3', sending()),
    ];
    for (const write of writes) {
      const answers: (() => void)[] = [];
      fake.on('GET', POSITIONS, () => new Promise((resolve) => answers.push(() => resolve(lists([])))));
      const before = read();
      await expect.poll(() => answers.length).toBe(1);
      await expect(write()).resolves.toMatchObject({ kind: 'accepted' });
      const after = read();
      await expect.poll(() => answers.length).toBe(2);
      for (const answer of answers) answer();
      await expect(Promise.all([before, after])).resolves.toEqual(['0', '0']);
    }
  });
});
