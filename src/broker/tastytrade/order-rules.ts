import { isBuy } from '../model/order.ts';
import type { OrderLeg, OrderRequest, OrderType, ReplaceRequest, TimeInForce } from '../model/order.ts';
import type { InstrumentType } from '../model/symbol.ts';
import { absolute, compare, decimal, isNegative, isPositive, isWhole, isZero } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

const PRICED: ReadonlySet<OrderType> = new Set(['Limit', 'Stop Limit']);
const TRIGGERED: ReadonlySet<OrderType> = new Set(['Stop', 'Stop Limit']);
const AT_ONCE: ReadonlySet<OrderType> = new Set(['Market', 'Notional Market']);

/** Leg caps of the broker; what is not in it cannot be ordered. */
const MOST_LEGS: Partial<Record<InstrumentType, number>> = {
  Equity: 1,
  Future: 1,
  Cryptocurrency: 1,
  'Equity Option': 4,
  'Future Option': 4,
};
const BY_AMOUNT: ReadonlySet<InstrumentType> = new Set(['Equity', 'Cryptocurrency']);
const LEAST_VALUE = decimal(5);

const lasts = (timeInForce: TimeInForce): boolean => timeInForce.startsWith('GT');
const isExtended = (timeInForce: TimeInForce): boolean => timeInForce.includes('Ext');

export function refuse(message: string): never {
  throw new GatewayError('invalid_input', message);
}

/** Some order types need a field, and the others must not have it. */
function checkField(orderType: OrderType, field: { name: string; isNeeded: boolean; value: unknown }): void {
  if (field.isNeeded === (field.value !== undefined)) return;
  refuse(`A ${orderType} order ${field.isNeeded ? 'needs' : 'must not have'} a ${field.name}.`);
}

/** What an order type needs and what it must not carry, as the broker has it: a slip here is refused, never mended. */
export function checkTerms(order: ReplaceRequest): void {
  const { orderType, timeInForce, stopTrigger, value } = order;
  checkField(orderType, { name: 'price', isNeeded: PRICED.has(orderType), value: order.price });
  checkField(orderType, { name: 'stop trigger', isNeeded: TRIGGERED.has(orderType), value: stopTrigger });
  checkField(orderType, { name: 'value', isNeeded: orderType === 'Notional Market', value });
  if (stopTrigger !== undefined && !isPositive(stopTrigger)) refuse('A stop trigger must be more than zero.');
  if (value !== undefined && compare(absolute(value), LEAST_VALUE) < 0) {
    refuse(`A Notional Market order is for ${LEAST_VALUE} dollars or more.`);
  }
  if ((timeInForce === 'GTD') !== (order.goodUntil !== undefined)) {
    refuse('A date until which the order is good goes with GTD, and only with it.');
  }
  if (AT_ONCE.has(orderType) && lasts(timeInForce)) refuse(`A ${orderType} order cannot be ${timeInForce}.`);
}

function checkQuantity({ orderType }: OrderRequest, { type, symbol, quantity }: OrderLeg): void {
  if (orderType === 'Notional Market') {
    if (quantity !== undefined) refuse('The leg of a Notional Market order must not have a quantity.');
    if (!BY_AMOUNT.has(type)) refuse('A Notional Market order is for shares or a cryptocurrency.');
    return;
  }
  if (quantity === undefined) return refuse('Every leg of an order needs a quantity.');
  if (!isPositive(quantity)) refuse('The quantity of every leg must be more than zero.');
  const mayBePart = type === 'Cryptocurrency' || (type === 'Equity' && orderType === 'Market');
  if (!isWhole(quantity) && !mayBePart) refuse(`The quantity of ${symbol} must be whole in this order.`);
}

function checkLeg(order: OrderRequest, leg: OrderLeg): void {
  const most = MOST_LEGS[leg.type];
  if (most === undefined) return refuse(`${leg.symbol} is of type ${leg.type}, which cannot be ordered.`);
  if (order.legs.length > most) refuse(`An order in ${leg.type} has at most ${most} leg${most > 1 ? 's' : ''}.`);
  const isPlain = leg.action === 'Buy' || leg.action === 'Sell';
  if (isPlain && leg.type !== 'Future')
    refuse(`'${leg.action}' does not say whether ${leg.symbol} is opened or closed.`);
  checkQuantity(order, leg);
}

/** Only a net order with both sides in it can go either way. */
function checkSide(legs: readonly OrderLeg[], signed: Decimal): void {
  const buys = legs.filter((leg) => isBuy(leg.action)).length;
  if (isZero(signed) || (buys > 0 && buys < legs.length)) return;
  if (buys > 0 !== isNegative(signed)) refuse('Buying is for a debit, and selling for a credit.');
}

/** What the time in force asks of the legs. */
function checkTime({ orderType, timeInForce, legs }: OrderRequest): void {
  if (isExtended(timeInForce) && legs.some((leg) => leg.type !== 'Equity')) {
    refuse(`An order that is ${timeInForce} is for shares.`);
  }
  if (orderType === 'Stop' && lasts(timeInForce) && legs.some((leg) => leg.action.endsWith('Open'))) {
    refuse(`A Stop order that opens a position cannot be ${timeInForce}.`);
  }
}

/** All that the broker publishes about the form of an order. Throws `invalid_input`. */
export function checkOrder(order: OrderRequest): void {
  const { legs, orderType, price, value } = order;
  checkTerms(order);
  if (legs.length === 0) refuse('An order needs at least one leg.');
  for (const leg of legs) checkLeg(order, leg);
  if (new Set(legs.map((leg) => leg.symbol)).size < legs.length) {
    refuse('Every leg of an order needs a symbol of its own.');
  }
  if (AT_ONCE.has(orderType) && legs.length > 1) refuse(`A ${orderType} order has exactly one leg.`);
  for (const signed of [price, value]) if (signed !== undefined) checkSide(legs, signed);
  checkTime(order);
}
