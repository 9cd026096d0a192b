import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Broker } from '../../../src/broker/broker.ts';
import { ORDER_TYPES, TIMES_IN_FORCE } from '../../../src/broker/model/order.ts';
import type { ComplexRequest, LegAction, OrderLeg, OrderRequest } from '../../../src/broker/model/order.ts';
import type { InstrumentType } from '../../../src/broker/model/symbol.ts';
import { brokerSymbol, isoDate } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { data, startFakeBroker } from '../../support/fake-broker-server.ts';
import type { FakeBroker } from '../../support/fake-broker-server.ts';
import { calm, testUpstream } from '../../support/upstream.ts';
import { ACCOUNT, ORDERS, held, order, sending } from './sample-order.ts';

const d = decimal;
const leg = (type: InstrumentType, symbol: string, action: LegAction, quantity?: string): OrderLeg => ({
  symbol: brokerSymbol(symbol),
  type,
  action,
  ...(quantity === undefined ? {} : { quantity: d(quantity) }),
});
const call = (strike: number, action: LegAction): OrderLeg =>
  leg('Equity Option', `SPY   261218C00${strike}000`, action, '1');
const shares = (action: LegAction = 'Buy to Open', quantity = '1'): OrderLeg => leg('Equity', 'SPY', action, quantity);
const coins = (quantity?: string): OrderLeg => leg('Cryptocurrency', 'BTC/USD', 'Buy to Open', quantity);

const base = { externalId: 'tg-0001', timeInForce: 'Day' } as const;
const limit = (legs: readonly OrderLeg[], more: Partial<OrderRequest> = {}): OrderRequest => ({
  ...base,
  orderType: 'Limit',
  price: d('-1'),
  legs,
  ...more,
});
const market = (legs: readonly OrderLeg[], more: Partial<OrderRequest> = {}): OrderRequest => ({
  ...base,
  orderType: 'Market',
  legs,
  ...more,
});
const stop = (legs: readonly OrderLeg[], more: Partial<OrderRequest> = {}): OrderRequest => ({
  ...base,
  orderType: 'Stop',
  stopTrigger: d('590'),
  legs,
  ...more,
});
const notional = (value: string, more: Partial<OrderRequest> = {}): OrderRequest => ({
  ...base,
  orderType: 'Notional Market',
  value: d(value),
  legs: [leg('Equity', 'SPY', 'Buy to Open')],
  ...more,
});

type Row = readonly [name: string, request: OrderRequest, words: RegExp];

const FOUR = [600, 601, 602, 603].map((strike) => call(strike, 'Buy to Open'));

const REFUSED: readonly Row[] = [
  ['a Limit without a price', { ...base, orderType: 'Limit', legs: [shares()] }, /needs a price/u],
  ['a Limit with a stop trigger', limit([shares()], { stopTrigger: d('1') }), /must not have a stop trigger/u],
  ['a Market with a price', market([shares()], { price: d('-1') }), /must not have a price/u],
  ['a Market of two legs', market(FOUR.slice(0, 2)), /exactly one leg/u],
  ['a Market that is GTC', market([shares()], { timeInForce: 'GTC' }), /cannot be GTC/u],
  ['a Market that is GTC Ext', market([shares()], { timeInForce: 'GTC Ext' }), /cannot be GTC Ext/u],
  [
    'a Market that is GTD',
    market([shares()], { timeInForce: 'GTD', goodUntil: isoDate('2026-12-01') }),
    /cannot be GTD/u,
  ],
  ['a Marketable Limit with a price', limit([shares()], { orderType: 'Marketable Limit' }), /must not have a price/u],
  ['a Stop without a trigger', { ...base, orderType: 'Stop', legs: [shares()] }, /needs a stop trigger/u],
  ['a Stop with a price', stop([shares()], { price: d('-1') }), /must not have a price/u],
  ['a Stop with a trigger of nothing', stop([shares()], { stopTrigger: d('0') }), /more than zero/u],
  ['a Stop with a trigger below zero', stop([shares()], { stopTrigger: d('-5') }), /more than zero/u],
  ['an opening Stop that is GTC', stop([shares()], { timeInForce: 'GTC' }), /opens a position cannot be GTC/u],
  ['a Stop Limit without a price', stop([shares()], { orderType: 'Stop Limit' }), /needs a price/u],
  ['a Stop Limit without a trigger', limit([shares()], { orderType: 'Stop Limit' }), /needs a stop trigger/u],
  ['a Notional Market without a value', market([coins()], { orderType: 'Notional Market' }), /needs a value/u],
  ['a Notional Market with a price', notional('-100', { price: d('-1') }), /must not have a price/u],
  ['a Notional Market with a quantity', notional('-100', { legs: [shares()] }), /must not have a quantity/u],
  [
    'a Notional Market of two legs',
    notional('-100', { legs: [coins(), leg('Cryptocurrency', 'ETH/USD', 'Buy to Open')] }),
    /at most 1 leg/u,
  ],
  [
    'a Notional Market in options',
    notional('-100', { legs: [leg('Equity Option', 'SPY   261218C00600000', 'Buy to Open')] }),
    /shares or a cryptocurrency/u,
  ],
  ['a Notional Market below five dollars', notional('-4.99'), /5 dollars or more/u],
  ['a Notional Market for nothing', notional('0'), /5 dollars or more/u],
  ['a Notional Market that buys for a credit', notional('100'), /for a debit/u],
  ['a Notional Market that is GTC', notional('-100', { timeInForce: 'GTC' }), /cannot be GTC/u],
  ['a value in a Limit', limit([shares()], { value: d('-100') }), /must not have a value/u],
  ['a GTD without a date', limit([shares()], { timeInForce: 'GTD' }), /goes with GTD/u],
  ['a date without GTD', limit([shares()], { goodUntil: isoDate('2026-12-01') }), /goes with GTD/u],
  ['no legs', limit([]), /at least one leg/u],
  ['five legs of options', limit([...FOUR, call(604, 'Sell to Open')]), /at most 4 legs/u],
  ['two legs of shares', limit([shares(), leg('Equity', 'QQQ', 'Sell to Open', '1')]), /at most 1 leg/u],
  ['shares beside an option', limit([shares(), call(600, 'Sell to Open')]), /at most 1 leg/u],
  ['two futures', limit([leg('Future', '/ESZ6', 'Buy', '1'), leg('Future', '/ESH7', 'Sell', '1')]), /at most 1 leg/u],
  ['an index', limit([leg('Index', 'SPX', 'Buy to Open', '1')]), /cannot be ordered/u],
  ['a warrant', limit([leg('Warrant', 'XYZ+', 'Buy to Open', '1')]), /cannot be ordered/u],
  ['the same leg twice', limit([call(600, 'Buy to Open'), call(600, 'Sell to Open')]), /symbol of its own/u],
  ['a leg without a quantity', limit([leg('Equity', 'SPY', 'Buy to Open')]), /needs a quantity/u],
  ['a quantity of nothing', limit([shares('Buy to Open', '0')]), /more than zero/u],
  ['a quantity below zero', limit([shares('Buy to Open', '-1')]), /more than zero/u],
  ['half an option', limit([{ ...call(600, 'Buy to Open'), quantity: d('0.5') }]), /must be whole/u],
  ['half a share at a limit', limit([shares('Buy to Open', '0.5')]), /must be whole/u],
  ['a plain Buy of shares', limit([leg('Equity', 'SPY', 'Buy', '1')]), /opened or closed/u],
  ['a plain Sell of an option', limit([call(600, 'Sell')], { price: d('1') }), /opened or closed/u],
  ['buying for a credit', limit([shares()], { price: d('1') }), /for a debit/u],
  ['selling for a debit', limit([shares('Sell to Close')]), /for a debit/u],
  ['buying two options for a credit', limit(FOUR.slice(0, 2), { price: d('1') }), /for a debit/u],
  ['options in extended hours', limit([call(600, 'Buy to Open')], { timeInForce: 'Ext' }), /is for shares/u],
  ['a future overnight', limit([leg('Future', '/ESZ6', 'Buy', '1')], { timeInForce: 'Ext Overnight' }), /for shares/u],
];

const TAKEN: readonly (readonly [name: string, request: OrderRequest, body: object])[] = [
  [
    'a Limit good until a day',
    limit([shares()], { timeInForce: 'GTD', goodUntil: isoDate('2026-12-01') }),
    { 'time-in-force': 'GTD', 'gtc-date': '2026-12-01', price: '1', 'price-effect': 'Debit' },
  ],
  ['a Market', market([shares()]), { 'order-type': 'Market' }],
  ['a Market of half a share', market([shares('Buy to Open', '0.5')]), { 'order-type': 'Market' }],
  [
    'a Market of a part of a coin',
    market([coins('0.00012')]),
    {
      legs: [{ 'instrument-type': 'Cryptocurrency', symbol: 'BTC/USD', action: 'Buy to Open', quantity: '0.00012' }],
    },
  ],
  [
    'a Marketable Limit',
    market([shares()], { orderType: 'Marketable Limit', timeInForce: 'GTC' }),
    { 'order-type': 'Marketable Limit', 'time-in-force': 'GTC' },
  ],
  [
    'a Stop',
    stop([shares('Sell to Close')], { timeInForce: 'GTC' }),
    { 'order-type': 'Stop', 'stop-trigger': '590', 'time-in-force': 'GTC' },
  ],
  [
    'a Stop Limit',
    limit([shares('Sell to Close')], { orderType: 'Stop Limit', price: d('589.5'), stopTrigger: d('590') }),
    { 'stop-trigger': '590', price: '589.5', 'price-effect': 'Credit' },
  ],
  [
    'a Notional Market that buys',
    notional('-100.50'),
    {
      value: '100.5',
      'value-effect': 'Debit',
      legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open' }],
    },
  ],
  [
    'a Notional Market that sells',
    notional('5', { legs: [leg('Equity', 'SPY', 'Sell to Close')] }),
    { value: '5', 'value-effect': 'Credit' },
  ],
  [
    'an even price of a spread',
    limit([call(600, 'Buy to Open'), call(610, 'Sell to Open')], { price: d('0') }),
    { price: '0', 'price-effect': 'Debit' },
  ],
  [
    'an even price of a sale',
    limit([call(600, 'Sell to Close')], { price: d('0') }),
    { price: '0', 'price-effect': 'Credit' },
  ],
  [
    'a future',
    limit([leg('Future', '/ESZ6', 'Sell', '2')], { price: d('6000.25') }),
    {
      legs: [{ 'instrument-type': 'Future', symbol: '/ESZ6', action: 'Sell', quantity: 2 }],
      price: '6000.25',
    },
  ],
  ...(['IOC', 'Ext', 'GTC Ext', 'Ext Overnight', 'GTC Ext Overnight'] as const).map(
    (timeInForce) =>
      [
        `shares with ${timeInForce}`,
        limit([shares()], { timeInForce }),
        { 'time-in-force': timeInForce, price: '1' },
      ] as const,
  ),
];

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

describe('the form of an order', () => {
  test('is known for every order type and time in force', () => {
    const requests = [...REFUSED, ...TAKEN].map(([, request]) => request);
    expect(new Set(requests.map((request) => request.orderType))).toEqual(new Set(ORDER_TYPES));
    expect(new Set(requests.map((request) => request.timeInForce))).toEqual(new Set(TIMES_IN_FORCE));
  });

  test.each(REFUSED)('refuses %s before anything is asked for', async (_name, request, words) => {
    const begin = vi.fn(async () => Number.POSITIVE_INFINITY);
    const refusal = expect.objectContaining({ code: 'invalid_input', message: expect.stringMatching(words) });
    await expect(broker.orders.place(ACCOUNT, request, sending({ begin }))).rejects.toThrow(refusal);
    await expect(broker.orders.preview(ACCOUNT, request, calm)).rejects.toThrow(refusal);
    const complex: ComplexRequest = { type: 'OTO', trigger: { ...order, externalId: 'tg-0' }, orders: [request] };
    await expect(broker.orders.placeComplex(ACCOUNT, complex, sending({ begin }))).rejects.toThrow(refusal);
    expect(begin).not.toHaveBeenCalled();
    expect(fake.seen).toHaveLength(0);
  });

  test.each(TAKEN)('takes %s', async (_name, request, body) => {
    fake.on('POST', ORDERS, () => data({ order: held(7) }, 201));
    await expect(broker.orders.place(ACCOUNT, request, sending())).resolves.toMatchObject({ kind: 'accepted' });
    const sent: unknown = JSON.parse(fake.seenAt('POST', ORDERS)[0]?.text ?? '');
    expect(sent).toMatchObject({
      ...body,
      'order-type': request.orderType,
      'advanced-instructions': { 'strict-position-effect-validation': true },
    });
    for (const key of ['price', 'value', 'stop-trigger', 'gtc-date'])
      expect(Object.hasOwn(sent as object, key), key).toBe(Object.hasOwn(body, key));
    for (const one of (sent as { legs: object[] }).legs)
      expect(Object.hasOwn(one, 'quantity')).toBe(request.value === undefined);
  });

  const { legs: _legs, ...replacement } = notional('-100');
  test.each([
    ['a price it must not have', { ...replacement, price: d('-1') }],
    ['too small a value', { ...replacement, value: d('-1') }],
    ['a value in a Limit', { ...replacement, orderType: 'Limit', price: d('-1') }],
    ['a Market that is GTC', { externalId: 'tg-1', orderType: 'Market', timeInForce: 'GTC' }],
  ] as const)('of a replacement is held to the same terms: %s', async (_name, request) => {
    const refusal = expect.objectContaining({ code: 'invalid_input' });
    await expect(broker.orders.replace(ACCOUNT, '7', request, sending())).rejects.toThrow(refusal);
    await expect(broker.orders.previewReplace(ACCOUNT, '7', request, calm)).rejects.toThrow(refusal);
    expect(fake.seen).toHaveLength(0);
  });
});
