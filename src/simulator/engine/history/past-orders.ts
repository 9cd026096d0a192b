import { epochMs, type EpochMs } from '../../../core/clock.ts';
import {
  absolute,
  decimal,
  divide,
  isNegative,
  isPositive,
  multiply,
  roundToStep,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { isBuy, type LegAction } from '../../../broker/model/order.ts';
import { nextId, type Book } from '../accounts/book.ts';
import type { MarketView } from '../accounts/holding.ts';
import { fillOrder } from '../matching/fill-order.ts';
import { naturalOf, tradedContract, type Natural, type TradedContract } from '../matching/natural.ts';
import { underlyingTypeOf } from '../orders/candidate.ts';
import { orderSize } from '../orders/order-size.ts';
import type { Leg, Order } from '../orders/order.ts';

/** One leg of something that was traded. */
export type PastLeg = { readonly symbol: string; readonly action: LegAction; readonly quantity: number };

type PastTrade = { readonly legs: readonly PastLeg[]; readonly at: EpochMs };

const RECEIVED_BEFORE_MS = 4000;
const ROUTED_BEFORE_MS = 3900;
const LIVE_BEFORE_MS = 3800;
const TWO = decimal('2');
const FAR = { buy: decimal('0.9'), sell: decimal('1.1') } as const;

function legsOf(trade: PastTrade, contracts: readonly TradedContract[]): Leg[] {
  return trade.legs.flatMap(({ symbol, action, quantity }, index) => {
    const contract = contracts[index];
    const units = decimal(quantity);
    return contract === undefined
      ? []
      : [{ symbol, instrumentType: contract.instrumentType, action, quantity: units, remaining: units, fills: [] }];
  });
}

type Past = {
  readonly trade: PastTrade;
  readonly contract: TradedContract;
  readonly legs: readonly Leg[];
  readonly natural: Natural;
};

function pastOf(trade: PastTrade, view: MarketView): Past | undefined {
  const contracts = trade.legs.flatMap((leg) => tradedContract(leg.symbol, view) ?? []);
  const [contract] = contracts;
  if (contract === undefined || contracts.length < trade.legs.length) return undefined;
  const legs = legsOf(trade, contracts);
  const natural = naturalOf(legs, view);
  return natural === undefined ? undefined : { trade, contract, legs, natural };
}

function liveOrder(book: Book, { contract, legs, trade }: Past, signedPrice: Decimal): Order {
  const { at } = trade;
  return {
    id: nextId(book, 'order'),
    orderType: 'Limit',
    timeInForce: 'Day',
    price: absolute(signedPrice),
    priceEffect: isNegative(signedPrice) ? 'Debit' : 'Credit',
    underlying: contract.underlying,
    underlyingType: underlyingTypeOf(contract),
    legs,
    status: 'Live',
    receivedAt: epochMs(at - RECEIVED_BEFORE_MS),
    updatedAt: at,
    inFlightAt: epochMs(at - ROUTED_BEFORE_MS),
    liveAt: epochMs(at - LIVE_BEFORE_MS),
    edited: false,
    reserve: ZERO,
    isTriggered: false,
  };
}

/** Large single legs come in two parts, as they do. */
function portions(legs: readonly Leg[]): Decimal[] {
  const size = decimal(orderSize(legs));
  const half = divide(size, TWO);
  return legs.length === 1 && isPositive(half) && Number(size) >= 200 ? [half, half] : [size];
}

/** Books what traded at the market's own prices of that instant; false when something had no price. */
export function bookTrade(book: Book, view: MarketView, legs: readonly PastLeg[]): boolean {
  const past = pastOf({ legs, at: view.at }, view);
  if (past === undefined) return false;
  const order = liveOrder(book, past, past.natural.net);
  book.orders.set(order.id, order);
  for (const units of portions(past.legs)) fillOrder(book, order, { legs: past.natural.legs, units, at: view.at });
  return true;
}

/** What a resting order ties up: about half of what the shares cost. */
const reserveFor = (price: Decimal, quantity: Decimal): Decimal => divide(multiply(absolute(price), quantity), TWO);

/** Books an order that still works when the desk opens: a buy some way below the market, good till cancelled. */
export function bookResting(book: Book, view: MarketView, leg: PastLeg): void {
  const past = pastOf({ legs: [leg], at: view.at }, view);
  const step = past?.contract.ticks.at(-1)?.step;
  if (past === undefined || step === undefined) return;
  const price = roundToStep(multiply(past.natural.net, FAR.buy), step);
  const order: Order = {
    ...liveOrder(book, past, price),
    timeInForce: 'GTC',
    reserve: reserveFor(price, decimal(leg.quantity)),
  };
  book.orders.set(order.id, order);
}

type Ending = { readonly status: 'Cancelled' | 'Expired'; readonly at: EpochMs };

/** Books an order whose limit the market never reached. */
export function bookUnfilled(book: Book, view: MarketView, order: { leg: PastLeg; ending: Ending }): boolean {
  const past = pastOf({ legs: [order.leg], at: view.at }, view);
  const step = past?.contract.ticks.at(-1)?.step;
  if (past === undefined || step === undefined) return false;
  const far = multiply(past.natural.net, isBuy(order.leg.action) ? FAR.buy : FAR.sell);
  const made = liveOrder(book, past, roundToStep(far, step));
  const { status, at } = order.ending;
  Object.assign(made, {
    status,
    updatedAt: at,
    terminalAt: at,
    ...(status === 'Cancelled' ? { cancelledAt: at } : {}),
  } satisfies Partial<Order>);
  book.orders.set(made.id, made);
  return true;
}
