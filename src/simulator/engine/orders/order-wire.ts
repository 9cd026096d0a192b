import type { EpochMs } from '../../../core/clock.ts';
import { toNumber } from '../../../core/decimal.ts';
import { decimalText, offsetTime } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import { orderSize } from './order-size.ts';
import { isTerminal, type ComplexOrder, type Condition, type Fill, type Leg, type Order, type Rules } from './order.ts';

const time = (key: string, at: EpochMs | undefined): WireObject => (at === undefined ? {} : { [key]: offsetTime(at) });
const optional = (key: string, value: unknown): WireObject => (value === undefined ? {} : { [key]: value });

function fillWire(fill: Fill): WireObject {
  return {
    'ext-group-fill-id': fill.groupId,
    'ext-exec-id': fill.execId,
    'fill-id': fill.id,
    quantity: toNumber(fill.quantity),
    'fill-price': decimalText(fill.price),
    'filled-at': offsetTime(fill.at),
    'destination-venue': fill.venue,
  };
}

function legWire(leg: Leg): WireObject {
  return {
    'instrument-type': leg.instrumentType,
    symbol: leg.symbol,
    quantity: toNumber(leg.quantity),
    'remaining-quantity': toNumber(leg.remaining),
    action: leg.action,
    fills: leg.fills.map(fillWire),
  };
}

function conditionWire(condition: Condition): WireObject {
  return {
    id: condition.id,
    action: condition.action,
    symbol: condition.symbol,
    'instrument-type': condition.instrumentType,
    indicator: condition.indicator,
    comparator: condition.comparator,
    threshold: decimalText(condition.threshold),
    'is-threshold-based-on-notional': condition.isNotional,
    ...time('triggered-at', condition.triggeredAt),
    ...(condition.triggeredValue === undefined ? {} : { 'triggered-value': decimalText(condition.triggeredValue) }),
    'price-components': condition.components.map((component) => ({
      symbol: component.symbol,
      'instrument-type': component.instrumentType,
      quantity: component.quantity,
      'quantity-direction': component.direction,
    })),
  };
}

function rulesWire(rules: Rules | undefined): WireObject {
  if (rules === undefined) return {};
  return {
    rules: {
      ...time('route-after', rules.routeAfter),
      ...time('cancel-at', rules.cancelAt),
      conditions: rules.conditions.map(conditionWire),
    },
  };
}

function pricesWire(order: Order): WireObject {
  return {
    ...(order.price === undefined ? {} : { price: decimalText(order.price) }),
    ...optional('price-effect', order.priceEffect),
    ...(order.value === undefined ? {} : { value: decimalText(order.value) }),
    ...optional('value-effect', order.valueEffect),
    ...(order.stopTrigger === undefined ? {} : { 'stop-trigger': decimalText(order.stopTrigger) }),
  };
}

function linksWire(order: Order): WireObject {
  return {
    ...optional('replaces-order-id', order.replaces),
    ...optional('replacing-order-id', order.replacedBy),
    ...optional('complex-order-id', order.complexId),
    ...optional('complex-order-tag', order.complexTag),
    ...optional('preflight-id', order.preflightId),
    ...optional('external-identifier', order.externalIdentifier),
    ...optional('source', order.source),
    'global-request-id': order.id.toString(16).padStart(32, '0'),
  };
}

const isBeyondRecall = (order: Order): boolean =>
  isTerminal(order) || order.status === 'Cancel Requested' || order.status === 'Replace Requested';

function stateWire(order: Order): WireObject {
  const open = !isBeyondRecall(order);
  return {
    status: order.status,
    ...optional('contingent-status', order.contingentStatus),
    cancellable: open,
    editable: open && order.orderType !== 'Market' && order.orderType !== 'Notional Market',
    edited: order.edited,
    ...optional('reject-reason', order.rejectReason),
    ...time('received-at', order.receivedAt),
    'updated-at': order.updatedAt,
    ...time('in-flight-at', order.inFlightAt),
    ...time('live-at', order.liveAt),
    ...time('cancelled-at', order.cancelledAt),
    ...time('terminal-at', order.terminalAt),
  };
}

/** The order object of the REST answers and of the account streamer. */
export function orderWire(order: Order, account: string): WireObject {
  return {
    id: order.id,
    'account-number': account,
    'time-in-force': order.timeInForce,
    ...optional('gtc-date', order.gtcDate),
    'order-type': order.orderType,
    size: orderSize(order.legs),
    'underlying-symbol': order.underlying,
    'underlying-instrument-type': order.underlyingType,
    ...pricesWire(order),
    ...stateWire(order),
    ...linksWire(order),
    legs: order.legs.map(legWire),
    ...rulesWire(order.rules),
  };
}

/** A dry run has no id, no times and `updated-at: 0`. */
export function dryRunWire(order: Order, account: string): WireObject {
  const { id: _id, 'received-at': _received, ...rest } = orderWire(order, account);
  return { ...rest, 'updated-at': 0, 'global-request-id': '0'.repeat(32) };
}

type Parts = { readonly trigger: Order | undefined; readonly orders: readonly Order[] };

export function complexOrderWire(complex: ComplexOrder, parts: Parts, account: string): WireObject {
  const write = (order: Order): WireObject => orderWire(order, account);
  return {
    id: complex.id,
    'account-number': account,
    type: complex.type,
    ...time('terminal-at', complex.terminalAt),
    orders: parts.orders.map(write),
    ...(parts.trigger === undefined ? {} : { 'trigger-order': write(parts.trigger) }),
  };
}
