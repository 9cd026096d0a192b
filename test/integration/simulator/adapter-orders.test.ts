import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker, SendOptions } from '../../../src/broker/broker.ts';
import type {
  ComplexRequest,
  LegAction,
  OrderRequest,
  PlacedOrder,
  SendOutcome,
} from '../../../src/broker/model/order.ts';
import { accountNumber, brokerSymbol, isoDate } from '../../../src/broker/model/symbol.ts';
import { createTastytradeBroker } from '../../../src/broker/tastytrade/create-broker.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { compare, decimal, isNegative, multiply, roundTo, subtract } from '../../../src/core/decimal.ts';
import type { Decimal } from '../../../src/core/decimal.ts';
import { calm, testUpstream } from '../../support/upstream.ts';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';

const HOUR_MS = 3_600_000;
const sending: SendOptions = { ...calm, begin: async () => Number.POSITIVE_INFINITY };

let open: OpenSimulator;
let broker: Broker;
let account: ReturnType<typeof accountNumber>;
let names = 0;

beforeEach(async () => {
  open = await openSimulator();
  const grant = open.simulator.grantFor('paper-adapter');
  broker = createTastytradeBroker(
    testUpstream(open.simulator.restUrl, { clock: open.clock, loadGrant: async () => grant }),
  );
  const [first] = await broker.accounts.list(calm);
  account = accountNumber(first?.number ?? '');
});

afterEach(async () => {
  const closing = broker.close();
  await open.simulator.close();
  await open.clock.advance(1_000);
  await closing;
  expect(open.errors).toEqual([]);
});

type Wish = Partial<OrderRequest> & { readonly action?: LegAction; readonly shares?: string };

/** An order for shares of SPY, a market order unless told. */
function shares({ action = 'Buy to Open', shares: quantity = '10', ...wish }: Wish = {}): OrderRequest {
  const isByValue = wish.orderType === 'Notional Market';
  return {
    orderType: 'Market',
    timeInForce: 'Day',
    legs: [
      {
        symbol: brokerSymbol('SPY'),
        type: 'Equity',
        action,
        ...(isByValue ? {} : { quantity: decimal(quantity) }),
      },
    ],
    externalId: `intent-${(names += 1)}`,
    ...wish,
  };
}

const mark = async (): Promise<Decimal> => {
  const token = await open.login('paper-adapter');
  return decimal(String((await open.ask('GET', '/market-data/by-type?equity=SPY', { token })).at('data.items.0.mark')));
};
/** This share of the market's price, in whole cents. */
const near = async (share: string): Promise<Decimal> => roundTo(multiply(await mark(), decimal(share)), 2);
const debit = (price: Decimal): Decimal => multiply(price, decimal('-1'));

function orderOf(outcome: SendOutcome): PlacedOrder {
  if (outcome.kind !== 'accepted') throw new Error(`It is ${JSON.stringify(outcome)}`);
  return outcome.order;
}

/** Previews, places and lets two seconds pass: the order as the broker then holds it. */
async function placed(request: OrderRequest): Promise<PlacedOrder> {
  const preview = await broker.orders.preview(account, request, calm);
  expect(preview).toMatchObject({ kind: 'acceptable', effects: { buyingPower: {} } });
  const { id } = orderOf(await broker.orders.place(account, request, sending));
  await open.clock.advance(2_000);
  return broker.orders.get(account, id, calm);
}

async function refusals(request: OrderRequest): Promise<readonly string[]> {
  const preview = await broker.orders.preview(account, request, calm);
  const outcome = await broker.orders.place(account, request, sending);
  const told = [preview, outcome].map((one) => (one.kind === 'refused' ? one.reasons.map(({ code }) => code) : []));
  expect(told[0]).toEqual(told[1]);
  return told[0] ?? [];
}

describe('order types', () => {
  it('Market and Marketable Limit trade at once, fractions of a share included', async () => {
    await expect(placed(shares())).resolves.toMatchObject({ status: 'Filled', orderType: 'Market' });
    await expect(placed(shares({ orderType: 'Marketable Limit' }))).resolves.toMatchObject({ status: 'Filled' });
    const half = await placed(shares({ shares: '0.5' }));
    expect(half).toMatchObject({ status: 'Filled', legs: [{ quantity: '0.5', remaining: '0' }] });
  });

  it('Notional Market buys and sells for an amount of money', async () => {
    const bought = await placed(shares({ orderType: 'Notional Market', value: decimal('-1000') }));
    expect(bought).toMatchObject({ status: 'Filled', orderType: 'Notional Market', value: '-1000' });
    const fill = bought.legs[0]?.fills[0];
    const paid = multiply(fill?.price ?? decimal(0), fill?.quantity ?? decimal(0));
    expect(compare(paid, decimal('999')) > 0 && compare(paid, decimal('1000')) <= 0, paid).toBe(true);
    const sell = { orderType: 'Notional Market', action: 'Sell to Close' } as const;
    await expect(placed(shares({ ...sell, value: decimal('500') }))).resolves.toMatchObject({ status: 'Filled' });
    await expect(refusals(shares({ ...sell, value: decimal('5000') }))).resolves.toEqual([
      'cannot_close_against_more_than_existing_position',
    ]);
  });

  it('Stop and Stop Limit wait for their trigger', async () => {
    await placed(shares());
    const close = { action: 'Sell to Close', shares: '5', timeInForce: 'GTC' } as const;
    const stop = await placed(shares({ ...close, orderType: 'Stop', stopTrigger: await near('0.9') }));
    const limited = await placed(
      shares({ ...close, orderType: 'Stop Limit', stopTrigger: await near('0.9'), price: await near('0.5') }),
    );
    expect([stop.status, limited.status]).toEqual(['Live', 'Live']);
    expect(limited).toMatchObject({ orderType: 'Stop Limit', timeInForce: 'GTC' });
    open.simulator.control.moveMarket('SPY', 0.85);
    await open.clock.advance(2_000);
    for (const { id } of [stop, limited])
      await expect(broker.orders.get(account, id, calm)).resolves.toMatchObject({ status: 'Filled' });
  });

  it('a close of what is not held is refused, not turned into an open', async () => {
    await expect(refusals(shares({ action: 'Sell to Close' }))).resolves.toEqual([
      'cannot_close_against_more_than_existing_position',
    ]);
  });
});

describe('times in force', () => {
  it.each(['Day', 'GTC', 'Ext', 'GTC Ext', 'Ext Overnight', 'GTC Ext Overnight'] as const)(
    '%s works until its end',
    async (timeInForce) => {
      const waiting = await placed(shares({ orderType: 'Limit', price: debit(await near('0.8')), timeInForce }));
      expect(waiting).toMatchObject({ status: 'Live', timeInForce });
    },
  );

  it('GTD keeps its date', async () => {
    const goodUntil = isoDate('2026-12-01');
    const price = debit(await near('0.8'));
    await expect(placed(shares({ orderType: 'Limit', price, timeInForce: 'GTD', goodUntil }))).resolves.toMatchObject({
      status: 'Live',
      timeInForce: 'GTD',
      goodUntil,
    });
  });

  it('IOC takes what there is, and never waits', async () => {
    const limit = (price: Decimal) => shares({ orderType: 'Limit', timeInForce: 'IOC', price: debit(price) });
    await expect(placed(limit(await near('0.8')))).resolves.toMatchObject({ status: 'Cancelled' });
    await expect(placed(limit(await near('1.2')))).resolves.toMatchObject({ status: 'Filled' });
  });

  it('in the night only the overnight forms and what waits are taken', async () => {
    open.simulator.control.shiftClock(11 * HOUR_MS);
    await broker.orders.live(account, calm);
    const price = debit(await near('0.8'));
    const limit = (timeInForce: OrderRequest['timeInForce']) => shares({ orderType: 'Limit', price, timeInForce });
    await expect(placed(limit('Ext Overnight'))).resolves.toMatchObject({ status: 'Live' });
    await expect(placed(limit('GTC Ext Overnight'))).resolves.toMatchObject({ status: 'Live' });
    await expect(refusals(limit('Ext'))).resolves.toEqual(['tif_no_after_hours_orders']);
    await expect(placed(limit('GTC Ext'))).resolves.toMatchObject({ status: 'Received' });
    await expect(placed(limit('Day'))).resolves.toMatchObject({ status: 'Received' });
    await expect(refusals(shares())).resolves.toEqual(['tif_no_after_hours_opening_market_orders']);
  });
});

describe('complex orders', () => {
  const take = async (): Promise<OrderRequest> =>
    shares({ action: 'Sell to Close', orderType: 'Limit', price: await near('1.1'), timeInForce: 'GTC' });
  const stop = async (): Promise<OrderRequest> =>
    shares({ action: 'Sell to Close', orderType: 'Stop', stopTrigger: await near('0.9'), timeInForce: 'GTC' });

  /** Previews and places: all parts, the one that carries the intent first. */
  async function partsOf(request: ComplexRequest): Promise<readonly PlacedOrder[]> {
    const preview = await broker.orders.previewComplex(account, request, calm);
    expect(preview).toMatchObject({ kind: 'acceptable', effects: { buyingPower: {} } });
    const outcome = await broker.orders.placeComplex(account, request, sending);
    const first = orderOf(outcome);
    expect(first.externalId).toBe((request.trigger ?? request.orders[0])?.externalId);
    return [first, ...(outcome.kind === 'accepted' ? (outcome.others ?? []) : [])];
  }
  const now = async (parts: readonly PlacedOrder[]): Promise<readonly string[]> =>
    Promise.all(parts.map(async ({ id }) => (await broker.orders.get(account, id, calm)).status));

  it('OCO: the first to trade cancels the other', async () => {
    await placed(shares());
    const parts = await partsOf({ type: 'OCO', orders: [await take(), await stop()] });
    expect(new Set(parts.map((part) => part.complexOrderId)).size).toBe(1);
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Live', 'Live']);
    open.simulator.control.moveMarket('SPY', 0.85);
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Cancelled', 'Filled']);
  });

  it('OTO: what follows waits for the trigger', async () => {
    const trigger = shares({ orderType: 'Limit', price: debit(await near('0.95')) });
    const parts = await partsOf({ type: 'OTO', trigger, orders: [await take()] });
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Live', 'Contingent']);
    open.simulator.control.moveMarket('SPY', 0.94);
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Filled', 'Live']);
  });

  it('OTOCO: a bracket, of which every part is found by its name', async () => {
    const parts = await partsOf({ type: 'OTOCO', trigger: shares(), orders: [await take(), await stop()] });
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Filled', 'Live', 'Live']);
    for (const { id, externalId = '' } of parts) {
      const found = await broker.orders.findByExternalId(account, externalId, epochMs(open.clock.now()), calm);
      expect(found).toMatchObject({ id, externalId });
    }
    expect(open.simulator.control.counters().orders).toEqual(
      Object.fromEntries(parts.map(({ externalId }) => [externalId, 1])),
    );
    open.simulator.control.moveMarket('SPY', 1.15);
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Filled', 'Filled', 'Cancelled']);
  });

  it('is cancelled whole, once', async () => {
    const trigger = shares({ orderType: 'Limit', price: debit(await near('0.8')) });
    const parts = await partsOf({ type: 'OTOCO', trigger, orders: [await take(), await stop()] });
    await open.clock.advance(2_000);
    const id = parts[0]?.complexOrderId ?? '';
    const outcome = await broker.orders.cancelComplex(account, id, sending);
    expect(outcome).toMatchObject({ kind: 'accepted', order: { id: parts[0]?.id } });
    await open.clock.advance(2_000);
    expect(await now(parts)).toEqual(['Cancelled', 'Cancelled', 'Cancelled']);
    await expect(broker.orders.cancelComplex(account, id, sending)).resolves.toMatchObject({
      kind: 'refused',
      reasons: [{ code: 'cannot_update_order' }],
    });
    await expect(broker.orders.cancelComplex(account, '999', sending)).resolves.toMatchObject({ kind: 'refused' });
  });

  it('is refused for what is not held, with the reasons of its parts', async () => {
    const request: ComplexRequest = { type: 'OCO', orders: [await take(), await stop()] };
    const refused = {
      kind: 'refused',
      reasons: expect.arrayContaining([
        expect.objectContaining({ code: 'cannot_close_against_more_than_existing_position' }),
      ]),
    };
    await expect(broker.orders.previewComplex(account, request, calm)).resolves.toMatchObject(refused);
    await expect(broker.orders.placeComplex(account, request, sending)).resolves.toMatchObject(refused);
  });
});

it('tells what today’s trades brought, closed positions included', async () => {
  await expect(broker.accounts.holdings(account, calm)).resolves.toMatchObject({ realizedToday: '0' });
  const bought = await placed(shares());
  await expect(broker.accounts.holdings(account, calm)).resolves.toMatchObject({ realizedToday: '0' });
  open.simulator.control.moveMarket('SPY', 0.9);
  const sold = await placed(shares({ action: 'Sell to Close' }));
  await expect(broker.accounts.positions(account, calm)).resolves.toEqual([]);
  const price = (order: PlacedOrder): Decimal => order.legs[0]?.fills[0]?.price ?? decimal(0);
  const { realizedToday: loss = decimal(1), positions } = await broker.accounts.holdings(account, calm);
  expect(positions).toEqual([]);
  expect(isNegative(loss)).toBe(true);
  expect(loss).toBe(multiply(subtract(price(sold), price(bought)), decimal(10)));
});

it('finds a replacement by its own name, and the original by its own', async () => {
  const original = await placed(shares({ orderType: 'Limit', price: debit(await near('0.8')) }));
  const { legs: _legs, ...terms } = shares({ orderType: 'Limit', price: debit(await near('0.81')) });
  await expect(broker.orders.previewReplace(account, original.id, terms, calm)).resolves.toMatchObject({
    kind: 'acceptable',
  });
  const replacement = orderOf(await broker.orders.replace(account, original.id, terms, sending));
  await open.clock.advance(2_000);
  const find = (externalId = '') => broker.orders.findByExternalId(account, externalId, open.clock.now(), calm);
  await expect(find(terms.externalId)).resolves.toMatchObject({ id: replacement.id, status: 'Live' });
  await expect(find(original.externalId)).resolves.toMatchObject({ id: original.id, status: 'Cancelled' });
  expect(open.simulator.control.counters().orders).toMatchObject({ [terms.externalId]: 1 });
});
