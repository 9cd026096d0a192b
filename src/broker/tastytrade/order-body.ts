import { checkOrder, checkTerms, refuse } from './order-rules.ts';
import { isBuy } from '../model/order.ts';
import type { ComplexRequest, ComplexType, OrderLeg, OrderRequest, ReplaceRequest } from '../model/order.ts';
import { absolute, isNegative, isWhole, isZero, toNumber } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';

const SOURCE = 'tasty-gateway';

type Effect = 'Credit' | 'Debit';

/** An even price goes the way of the legs: the broker refuses buying for a credit and selling for a debit. */
function effectOf(signed: Decimal, legs: readonly OrderLeg[]): Effect {
  if (isZero(signed)) return legs.length > 0 && legs.every((leg) => !isBuy(leg.action)) ? 'Credit' : 'Debit';
  return isNegative(signed) ? 'Debit' : 'Credit';
}

/** Whole quantities as the broker itself writes them, others as exact text. */
function quantityOf(quantity: Decimal): number | string {
  const value = toNumber(quantity);
  return isWhole(quantity) && Number.isSafeInteger(value) ? value : quantity;
}

function termsBody(order: ReplaceRequest, legs: readonly OrderLeg[]) {
  const { price, stopTrigger, goodUntil, value } = order;
  return {
    'order-type': order.orderType,
    'time-in-force': order.timeInForce,
    ...(goodUntil === undefined ? {} : { 'gtc-date': goodUntil }),
    ...(price === undefined ? {} : { price: absolute(price), 'price-effect': effectOf(price, legs) }),
    ...(stopTrigger === undefined ? {} : { 'stop-trigger': stopTrigger }),
    ...(value === undefined ? {} : { value: absolute(value), 'value-effect': effectOf(value, legs) }),
    source: SOURCE,
    'automated-source': true,
    'external-identifier': order.externalId,
    // Without it the broker turns a close that finds no position into an opening order.
    'advanced-instructions': { 'strict-position-effect-validation': true },
  };
}

/** The body of a new order: these keys, and no others whatever the request object carries. Throws `invalid_input`. */
export function orderBody(order: OrderRequest) {
  checkOrder(order);
  const legs = order.legs.map(({ type, symbol, action, quantity }) => ({
    'instrument-type': type,
    symbol,
    action,
    ...(quantity === undefined ? {} : { quantity: quantityOf(quantity) }),
  }));
  return { ...termsBody(order, order.legs), legs };
}

/** The body of a replacement: never legs, which the broker keeps. Throws `invalid_input`. */
export function replaceBody(order: ReplaceRequest) {
  checkTerms(order);
  return termsBody(order, []);
}

/** How many orders follow, and whether one goes before them. */
const FORMS: Readonly<Record<ComplexType, { least: number; most: number; hasTrigger: boolean }>> = {
  OCO: { least: 2, most: 2, hasTrigger: false },
  OTO: { least: 1, most: 3, hasTrigger: true },
  OTOCO: { least: 2, most: 2, hasTrigger: true },
};

function checkComplex({ type, trigger, orders }: ComplexRequest): void {
  const { least, most, hasTrigger } = FORMS[type];
  if (hasTrigger !== (trigger !== undefined)) {
    refuse(`An ${type} order ${hasTrigger ? 'needs a trigger' : 'must not have a trigger'}.`);
  }
  if (orders.length < least || orders.length > most) {
    refuse(
      `An ${type} order has ${least === most ? most : `from ${least} to ${most}`} orders${hasTrigger ? ' after its trigger' : ''}.`,
    );
  }
  const isOpening = orders.some((order) => order.legs.some((leg) => leg.action.endsWith('Open')));
  if (type === 'OCO' && isOpening) refuse('Both orders of an OCO order must close a position.');
  const ids = [...(trigger === undefined ? [] : [trigger]), ...orders].map((order) => order.externalId);
  // Two parts of one name could not be told apart when they are looked for.
  if (new Set(ids).size < ids.length) refuse('Every part of a complex order needs an identifier of its own.');
}

/** The body of several orders that hang together, each a whole order of its own. Throws `invalid_input`. */
export function complexBody(order: ComplexRequest) {
  checkComplex(order);
  return {
    type: order.type,
    ...(order.trigger === undefined ? {} : { 'trigger-order': orderBody(order.trigger) }),
    orders: order.orders.map((part) => orderBody(part)),
  };
}
