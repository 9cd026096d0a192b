import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import type { ComplexRequest, OrderRequest } from '../../../src/broker/model/order.ts';
import { brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { data, refusal, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { Answer, FakeBroker } from '../../support/fake-broker-server.ts';
import { calm, testUpstream } from '../../support/upstream.ts';
import { ACCOUNT, held, order, sending } from './sample-order.ts';

const COMPLEX = '/accounts/5WT00000/complex-orders';

const shares = (externalId: string, more: Partial<OrderRequest>): OrderRequest => ({
  orderType: 'Limit',
  timeInForce: 'GTC',
  legs: [{ symbol: brokerSymbol('SPY'), type: 'Equity', action: 'Sell to Close', quantity: decimal('1') }],
  externalId,
  ...more,
});
const profit = shares('tg-1', { price: decimal('700') });
const loss = shares('tg-2', { orderType: 'Stop', stopTrigger: decimal('500') });
const oco: ComplexRequest = { type: 'OCO', orders: [profit, loss] };
const otoco: ComplexRequest = { type: 'OTOCO', trigger: order, orders: [profit, loss] };

const part = (id: number, externalId: string, more: object = {}) =>
  held(id, { status: 'Contingent', 'external-identifier': externalId, 'complex-order-id': 3, ...more });
const ocoMade = { 'account-number': '5WT00000', id: 3, type: 'OCO', orders: [part(8, 'tg-1'), part(9, 'tg-2')] };
const otocoMade = { ...ocoMade, type: 'OTOCO', 'trigger-order': part(7, 'tg-0001', { status: 'Routed' }) };

let fake: FakeBroker;
let broker: Broker;

beforeEach(async () => {
  fake = await startFakeBroker();
  broker = createTastytradeBroker(testUpstream(fake.url));
});

afterEach(async () => {
  await broker.close();
  await fake.close();
});

const sentTo = (path: string): unknown => JSON.parse(fake.seenAt('POST', path)[0]?.text ?? '');
const ours = {
  source: 'tasty-gateway',
  'automated-source': true,
  'advanced-instructions': { 'strict-position-effect-validation': true },
};
const sellOne = [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Sell to Close', quantity: 1 }];

describe('the body of a complex order', () => {
  test('is whole orders, each with an identifier of its own, and nothing else', async () => {
    fake.on('POST', COMPLEX, () => data({ 'complex-order': ocoMade }, 201));
    await broker.orders.placeComplex(ACCOUNT, { ...oco, surprise: 'x' } as ComplexRequest, sending());
    expect(sentTo(COMPLEX)).toEqual({
      type: 'OCO',
      orders: [
        {
          ...ours,
          'order-type': 'Limit',
          'time-in-force': 'GTC',
          price: '700',
          'price-effect': 'Credit',
          'external-identifier': 'tg-1',
          legs: sellOne,
        },
        {
          ...ours,
          'order-type': 'Stop',
          'time-in-force': 'GTC',
          'stop-trigger': '500',
          'external-identifier': 'tg-2',
          legs: sellOne,
        },
      ],
    });
  });

  test('has the trigger of its own key, in a dry run as well', async () => {
    fake.on('POST', `${COMPLEX}/dry-run`, () => data({ 'complex-order': {}, warnings: [] }, 201));
    await expect(broker.orders.previewComplex(ACCOUNT, otoco, calm)).resolves.toMatchObject({ kind: 'acceptable' });
    expect(sentTo(`${COMPLEX}/dry-run`)).toMatchObject({
      type: 'OTOCO',
      'trigger-order': { ...ours, 'external-identifier': 'tg-0001', price: '1.05', 'price-effect': 'Debit' },
      orders: [{ 'external-identifier': 'tg-1' }, { 'external-identifier': 'tg-2' }],
    });
  });

  const opening = shares('tg-3', {
    price: decimal('-1'),
    legs: [{ symbol: brokerSymbol('SPY'), type: 'Equity', action: 'Buy to Open', quantity: decimal('1') }],
  });
  test.each<readonly [string, ComplexRequest, RegExp]>([
    ['an OCO with a trigger', { ...oco, trigger: order }, /must not have a trigger/u],
    ['an OCO of one order', { ...oco, orders: [profit] }, /has 2 orders/u],
    ['an OCO of three orders', { ...oco, orders: [profit, loss, shares('tg-3', profit)] }, /has 2 orders/u],
    ['an OCO that opens something', { ...oco, orders: [profit, opening] }, /must close/u],
    ['an OTO without a trigger', { type: 'OTO', orders: [profit] }, /needs a trigger/u],
    ['an OTO of nothing more', { type: 'OTO', trigger: order, orders: [] }, /from 1 to 3 orders/u],
    [
      'an OTO of four more',
      { type: 'OTO', trigger: order, orders: ['a', 'b', 'c', 'd'].map((id) => ({ ...profit, externalId: id })) },
      /from 1 to 3 orders/u,
    ],
    ['an OTOCO of one order', { ...otoco, orders: [profit] }, /has 2 orders/u],
    ['an OTOCO without a trigger', { ...oco, type: 'OTOCO' }, /needs a trigger/u],
    ['two parts of one name', { ...otoco, orders: [profit, { ...loss, externalId: 'tg-0001' }] }, /of its own/u],
    ['a part that is none', { ...oco, orders: [profit, { ...loss, price: decimal('1') }] }, /must not have a price/u],
  ])('is not made of %s', async (_name, request, words) => {
    const told = expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(words) });
    await expect(broker.orders.placeComplex(ACCOUNT, request, sending())).rejects.toThrow(told);
    await expect(broker.orders.previewComplex(ACCOUNT, request, calm)).rejects.toThrow(told);
    expect(fake.seen).toHaveLength(0);
  });
});

describe('a complex order', () => {
  test('is told by the part that carries the name of the intent, and its others beside it', async () => {
    fake.on('POST', COMPLEX, () =>
      data({ 'complex-order': otocoMade, 'fee-calculation': { 'total-fees': '1', 'total-fees-effect': 'Debit' } }, 201),
    );
    await expect(broker.orders.placeComplex(ACCOUNT, otoco, sending())).resolves.toMatchObject({
      kind: 'accepted',
      order: { id: '7', externalId: 'tg-0001', status: 'Routed', complexOrderId: '3' },
      others: [
        { id: '8', externalId: 'tg-1' },
        { id: '9', externalId: 'tg-2' },
      ],
      effects: { fees: '-1' },
    });
  });

  test('is told by that part wherever it stands, and by the first where none has a name', async () => {
    fake.on('POST', COMPLEX, () =>
      data({ 'complex-order': { ...ocoMade, orders: [part(9, 'tg-2'), part(8, 'tg-1')] } }, 201),
    );
    await expect(broker.orders.placeComplex(ACCOUNT, oco, sending())).resolves.toMatchObject({
      order: { id: '8' },
      others: [{ id: '9' }],
    });
    fake.on('POST', COMPLEX, () => data({ 'complex-order': { id: 3, orders: [held(5), held(6)] } }, 201));
    await expect(broker.orders.placeComplex(ACCOUNT, oco, sending())).resolves.toMatchObject({
      order: { id: '5', complexOrderId: '3' },
      others: [{ id: '6', complexOrderId: '3' }],
    });
  });

  test.each<readonly [string, Answer]>([
    ['no complex order in it', data({ warnings: [] }, 201)],
    ['no parts in it', data({ 'complex-order': { ...ocoMade, orders: [] } }, 201)],
    ['a part without an id', data({ 'complex-order': { ...ocoMade, orders: [{ ...held(1), id: undefined }] } }, 201)],
    ['no id of its own', data({ 'complex-order': { ...ocoMade, id: undefined } }, 201)],
    ['a server’s error', { status: 502, text: '<html>' }],
    ['a cut', { fault: 'reset-before-answer' }],
  ])('answered with %s may or may not be there', async (_name, answer) => {
    fake.on('POST', COMPLEX, () => answer);
    await expect(broker.orders.placeComplex(ACCOUNT, oco, sending())).resolves.toMatchObject({ kind: 'unknown' });
    expect(fake.seenAt('POST', COMPLEX)).toHaveLength(1);
  });

  const preflight = refusal(422, 'preflight_check_failure', 'Checks failed', [
    { code: 'margin_check_failed', message: 'No buying power.', 'preflight-id': 0 },
  ]);
  test('is refused with its reasons', async () => {
    fake.on('POST', COMPLEX, () => preflight);
    fake.on('POST', `${COMPLEX}/dry-run`, () => preflight);
    const refused = { kind: 'refused', reasons: [{ code: 'margin_check_failed', message: 'No buying power.' }] };
    await expect(broker.orders.placeComplex(ACCOUNT, oco, sending())).resolves.toEqual(refused);
    await expect(broker.orders.previewComplex(ACCOUNT, oco, calm)).resolves.toEqual(refused);
  });

  test.each([
    ['alone', ocoMade],
    ['beside other things', { 'complex-order': ocoMade }],
  ])('is cancelled by its own id, told %s', async (_name, told) => {
    fake.on('DELETE', `${COMPLEX}/3`, () => data(told));
    await expect(broker.orders.cancelComplex(ACCOUNT, '3', sending())).resolves.toMatchObject({
      kind: 'accepted',
      order: { id: '8' },
      others: [{ id: '9' }],
    });
    expect(fake.seenAt('DELETE', `${COMPLEX}/3`)).toHaveLength(1);
  });
});
