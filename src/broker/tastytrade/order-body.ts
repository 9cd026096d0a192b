import { isBuy } from '../model/order.ts';
import type { OrderLeg, OrderRequest, OrderType, ReplaceRequest } from '../model/order.ts';
import { absolute, isNegative, isPositive, isWhole, isZero, toNumber } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

const SOURCE = 'tasty-gateway';
const MAX_LEGS = 4;

const PRICED: ReadonlySet<OrderType> = new Set(['Limit', 'Stop Limit']);
const TRIGGERED: ReadonlySet<OrderType> = new Set(['Stop', 'Stop Limit']);

function refuse(message: string): never {
  throw new GatewayError('invalid_input', message);
}

/** What an order type needs and what it must not carry, as the broker has it: a slip here is refused, never mended. */
function checkTerms(order: ReplaceRequest): void {
  const { orderType } = order;
  if (orderType === 'Notional Market') refuse('Orders for an amount of money are not supported here.');
  if (PRICED.has(orderType) !== (order.price !== undefined)) {
    refuse(
      PRICED.has(orderType) ? `A ${orderType} order needs a price.` : `A ${orderType} order must not have a price.`,
    );
  }
  if (TRIGGERED.has(orderType) !== (order.stopTrigger !== undefined)) {
    refuse(
      TRIGGERED.has(orderType)
        ? `A ${orderType} order needs a stop trigger.`
        : `A ${orderType} order must not have a stop trigger.`,
    );
  }
  if ((order.timeInForce === 'GTD') !== (order.goodUntil !== undefined)) {
    refuse('A date until which the order is good goes with GTD, and only with it.');
  }
}

function checkLegs(legs: readonly OrderLeg[]): void {
  if (legs.length === 0 || legs.length > MAX_LEGS) refuse(`An order has from one to ${MAX_LEGS} legs.`);
  if (new Set(legs.map((leg) => leg.symbol)).size < legs.length)
    refuse('Every leg of an order needs a symbol of its own.');
  if (!legs.every((leg) => isPositive(leg.quantity))) refuse('The quantity of every leg must be more than zero.');
}

type PriceEffect = 'Credit' | 'Debit';

/** An even price goes the way of the legs: the broker refuses buying for a credit and selling for a debit. */
function effectOf(price: Decimal, legs: readonly OrderLeg[]): PriceEffect {
  if (isZero(price)) return legs.length > 0 && legs.every((leg) => !isBuy(leg.action)) ? 'Credit' : 'Debit';
  return isNegative(price) ? 'Debit' : 'Credit';
}

/** Whole quantities as the broker itself writes them, others as exact text. */
function quantityOf(quantity: Decimal): number | string {
  const value = toNumber(quantity);
  return isWhole(quantity) && Number.isSafeInteger(value) ? value : quantity;
}

function termsBody(order: ReplaceRequest, legs: readonly OrderLeg[]) {
  checkTerms(order);
  const { price, stopTrigger, goodUntil } = order;
  return {
    'order-type': order.orderType,
    'time-in-force': order.timeInForce,
    ...(goodUntil === undefined ? {} : { 'gtc-date': goodUntil }),
    ...(price === undefined ? {} : { price: absolute(price), 'price-effect': effectOf(price, legs) }),
    ...(stopTrigger === undefined ? {} : { 'stop-trigger': stopTrigger }),
    source: SOURCE,
    'automated-source': true,
    'external-identifier': order.externalId,
    // Without it the broker turns a close that finds no position into an opening order.
    'advanced-instructions': { 'strict-position-effect-validation': true },
  };
}

/** The body of a new order: these keys, and no others whatever the request object carries. Throws `invalid_input`. */
export function orderBody(order: OrderRequest) {
  checkLegs(order.legs);
  const legs = order.legs.map((leg) => ({
    'instrument-type': leg.type,
    symbol: leg.symbol,
    action: leg.action,
    quantity: quantityOf(leg.quantity),
  }));
  return { ...termsBody(order, order.legs), legs };
}

/** The body of a replacement: never legs, which the broker keeps. Throws `invalid_input`. */
export function replaceBody(order: ReplaceRequest) {
  return termsBody(order, []);
}
