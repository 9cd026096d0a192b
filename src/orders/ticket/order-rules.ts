import type { LegAction, OrderType, TimeInForce } from '../../broker/model/order.ts';
import type { InstrumentType } from '../../broker/model/symbol.ts';
import { compare, decimal, isPositive } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { AskedOrder, TicketLeg } from './ticket.ts';

const LEAST_VALUE = decimal(5);
const PRICED: ReadonlySet<OrderType> = new Set(['Limit', 'Stop Limit']);
const TRIGGERED: ReadonlySet<OrderType> = new Set(['Stop', 'Stop Limit']);
/** Filled at once at the market's price: they can neither wait nor be worked outside the regular session. */
const MARKET_LIKE: ReadonlySet<OrderType> = new Set(['Market', 'Notional Market']);
const AT_ONCE: ReadonlySet<TimeInForce> = new Set(['Day', 'IOC']);
const BY_VALUE: ReadonlySet<InstrumentType> = new Set(['Equity', 'Cryptocurrency']);

export const hasPrice = (orderType: OrderType): boolean => PRICED.has(orderType);
export const isExtended = (timeInForce: TimeInForce): boolean => timeInForce.includes('Ext');

/** The broker's rules of form that can be seen in the words alone (contract §3.7). Throws `invalid_input` with what to do. */
export function requireForm(order: AskedOrder, price: Decimal | undefined, today: string): void {
  requireLegCount(order);
  requirePriceForm(order, price);
  requireTrigger(order);
  requireValue(order);
  requireTime(order, today);
}

function requireLegCount({ legs, orderType }: AskedOrder): void {
  if (legs.length === 0) throw refused('legs', 'An order needs at least one leg.');
  if (legs.length > 4) throw refused('legs', `An order has at most 4 legs; ${legs.length} were given.`);
  if (MARKET_LIKE.has(orderType) && legs.length > 1) {
    throw refused('legs', `A ${nameOf(orderType)} order has exactly one leg.`, 'Use a limit order for a spread.');
  }
}

function requirePriceForm({ orderType }: AskedOrder, price: Decimal | undefined): void {
  if (price !== undefined && !PRICED.has(orderType)) {
    throw refused(
      'price',
      `A ${nameOf(orderType)} order has no price.`,
      "Leave the price out, or use order_type 'Limit'.",
    );
  }
  if (orderType === 'Stop Limit' && price === undefined) {
    throw refused(
      'price',
      'A stop limit order needs its limit price.',
      'Give the price it may trade at once triggered.',
    );
  }
}

function requireTrigger({ orderType, stopTrigger }: AskedOrder): void {
  if (!TRIGGERED.has(orderType)) {
    if (stopTrigger === undefined) return;
    throw refused(
      'stop_trigger',
      `A ${nameOf(orderType)} order has no trigger.`,
      "Use order_type 'Stop' or 'Stop Limit'.",
    );
  }
  if (stopTrigger === undefined || !isPositive(stopTrigger)) {
    throw refused(
      'stop_trigger',
      `A ${nameOf(orderType)} order needs a trigger above zero.`,
      'Give stop_trigger: the price of the instrument at which the order is set off.',
    );
  }
}

function requireValue({ orderType, value, legs }: AskedOrder): void {
  const isNotional = orderType === 'Notional Market';
  if (isNotional !== (value !== undefined)) {
    throw refused(
      'value',
      isNotional ? 'A notional market order needs a value.' : `A ${nameOf(orderType)} order has no value.`,
      "value is an amount of dollars to trade, and goes with order_type 'Notional Market' only.",
    );
  }
  if (value !== undefined && compare(value, LEAST_VALUE) < 0) {
    throw refused('value', `The broker trades amounts from ${LEAST_VALUE} dollars; ${value} was given.`);
  }
  if (legs.some((leg) => (leg.quantity === undefined) !== isNotional)) {
    throw refused(
      'legs',
      isNotional ? 'The leg of a notional market order has no quantity.' : 'Every leg needs a quantity.',
      isNotional ? 'The value says how much is traded.' : 'Say how many shares, contracts or coins.',
    );
  }
}

function requireTime({ orderType, timeInForce, goodUntil }: AskedOrder, today: string): void {
  if (MARKET_LIKE.has(orderType) && !AT_ONCE.has(timeInForce)) {
    throw refused(
      'time_in_force',
      `A ${nameOf(orderType)} order cannot wait, nor trade outside the regular session.`,
      'It takes Day or IOC.',
    );
  }
  if ((timeInForce === 'GTD') !== (goodUntil !== undefined)) {
    throw refused('good_until', 'A date until which the order is good goes with GTD, and only with it.');
  }
  if (goodUntil !== undefined && goodUntil < today) {
    throw refused('good_until', `${goodUntil} is over; today is ${today} in New York.`, 'Give today or a later day.');
  }
}

/** Those rules that depend on what the legs turned out to be. */
export function requireFit({ orderType, timeInForce }: AskedOrder, legs: readonly TicketLeg[]): void {
  if (isExtended(timeInForce) && (legs.length > 1 || legs[0]?.instrument.type !== 'Equity')) {
    throw refused(
      'time_in_force',
      `${timeInForce} is for orders of one stock or fund only.`,
      'Use Day or GTC for options, futures and coins.',
    );
  }
  if (orderType === 'Stop' && timeInForce.startsWith('GT') && legs.some((leg) => isOpening(leg.action))) {
    throw refused(
      'time_in_force',
      `A stop order that opens a position cannot be ${timeInForce}.`,
      'Use Day, or a stop limit order.',
    );
  }
  if (orderType === 'Notional Market' && !legs.every(({ instrument }) => BY_VALUE.has(instrument.type))) {
    throw refused(
      'order_type',
      'Only shares and coins can be traded for an amount of dollars.',
      "Give a quantity, and use order_type 'Limit' or 'Market'.",
    );
  }
}

const isOpening = (action: LegAction): boolean => action.endsWith('Open');
const nameOf = (orderType: OrderType): string => orderType.toLowerCase();

function refused(field: string, message: string, advice?: string): GatewayError {
  return new GatewayError('invalid_input', message, {
    details: { field },
    ...(advice === undefined ? {} : { advice }),
  });
}
