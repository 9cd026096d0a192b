import { isoDate } from '../../../broker/model/symbol.ts';
import { LEG_ACTIONS, ORDER_TYPES, TIMES_IN_FORCE } from '../../../broker/model/order.ts';
import { decimal, isWhole, toNumber, ZERO } from '../../../core/decimal.ts';
import { INVALID, readBody, type BodyReader, type Fault } from './body-reader.ts';
import type { Condition, Leg, OrderTerms, PriceComponent, Rules, TradedType } from './order.ts';

/** An order as a client wrote it, well formed. Whether it may be traded is for the preflight checks. */
export type OrderDraft = {
  readonly terms: OrderTerms;
  readonly legs: readonly Leg[];
  readonly isStrictAboutCloses: boolean;
};

export type Parsed<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

const TRADED: readonly TradedType[] = ['Equity', 'Equity Option', 'Future', 'Future Option', 'Cryptocurrency'];
const EFFECTS = ['Credit', 'Debit'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const MAY_BE_FRACTIONAL: ReadonlySet<TradedType> = new Set(['Equity', 'Cryptocurrency']);
const MAX_LEGS = 20;

const hasPrice = (orderType: string | undefined): boolean => orderType === 'Limit' || orderType === 'Stop Limit';

/** `order_must_omit_price` is a preflight refusal for a Marketable Limit; elsewhere a price too many is just malformed. */
function checkPrices(reader: BodyReader, orderType: string | undefined): void {
  const stops = orderType === 'Stop' || orderType === 'Stop Limit';
  if (hasPrice(orderType)) for (const key of ['price', 'price-effect']) reader.require(key);
  if (stops) reader.require('stop-trigger');
  else reader.forbid('stop-trigger', 'must be omitted for this order type');
  if (orderType === 'Notional Market') for (const key of ['value', 'value-effect']) reader.require(key);
  else reader.forbid('value', 'must be omitted for this order type');
}

function readGoodUntil(reader: BodyReader, timeInForce: string | undefined): { gtcDate?: string } {
  if (timeInForce !== 'GTD') {
    reader.forbid('gtc-date', 'must be omitted for this time in force');
    return {};
  }
  reader.require('gtc-date');
  const date = reader.text('gtc-date');
  if (date === undefined) return {};
  if (DATE.test(date) && !Number.isNaN(Date.parse(date))) return { gtcDate: isoDate(date) };
  reader.faults.push({ domain: 'gtc-date', reason: INVALID });
  return {};
}

function readComponent(reader: BodyReader): PriceComponent {
  return {
    symbol: reader.text('symbol') ?? '',
    instrumentType: reader.text('instrument-type') ?? '',
    quantity: toNumber(reader.positive('quantity') ?? decimal('1')),
    direction: reader.choice('quantity-direction', ['Long', 'Short']) ?? 'Long',
  };
}

function readCondition(reader: BodyReader): Condition {
  for (const key of ['action', 'symbol', 'instrument-type', 'indicator', 'comparator', 'threshold'])
    reader.require(key);
  return {
    id: 0,
    action: reader.choice('action', ['route', 'cancel']) ?? 'route',
    symbol: reader.text('symbol') ?? '',
    instrumentType: reader.text('instrument-type') ?? '',
    indicator: reader.choice('indicator', ['last', 'nat']) ?? 'last',
    comparator: reader.choice('comparator', ['gte', 'lte']) ?? 'gte',
    threshold: reader.amount('threshold') ?? ZERO,
    isNotional: reader.flag('is-threshold-based-on-notional'),
    components: (reader.objects('price-components') ?? []).map(readComponent),
  };
}

function readRules(reader: BodyReader | undefined): { rules?: Rules } {
  if (reader === undefined) return {};
  const routeAfter = reader.time('route-after');
  const cancelAt = reader.time('cancel-at');
  const conditions = (reader.objects('conditions') ?? reader.objects('order-conditions') ?? []).map(readCondition);
  return {
    rules: {
      ...(routeAfter === undefined ? {} : { routeAfter }),
      ...(cancelAt === undefined ? {} : { cancelAt }),
      conditions,
    },
  };
}

type Draft = { -readonly [Key in keyof OrderTerms]?: OrderTerms[Key] | undefined };

/** Keeps only what was there: an optional field is absent, never undefined. */
const present = <Fields extends Draft>(fields: Fields): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>;
  };

function readTerms(reader: BodyReader): OrderTerms {
  for (const key of ['order-type', 'time-in-force']) reader.require(key);
  const orderType = reader.choice('order-type', ORDER_TYPES);
  const timeInForce = reader.choice('time-in-force', TIMES_IN_FORCE);
  if (orderType !== undefined) checkPrices(reader, orderType);
  const isNotional = orderType === 'Notional Market';
  return {
    orderType: orderType ?? 'Limit',
    timeInForce: timeInForce ?? 'Day',
    ...readGoodUntil(reader, timeInForce),
    ...present({
      price: reader.amount('price'),
      priceEffect: reader.has('price') ? reader.choice('price-effect', EFFECTS) : undefined,
      value: isNotional ? reader.positive('value') : undefined,
      valueEffect: isNotional ? reader.choice('value-effect', EFFECTS) : undefined,
      stopTrigger: reader.positive('stop-trigger'),
      externalIdentifier: reader.text('external-identifier'),
      source: reader.text('source'),
    }),
    ...readRules(reader.object('rules')),
  };
}

function readLeg(reader: BodyReader, isNotional: boolean): Leg {
  for (const key of ['instrument-type', 'symbol', 'action']) reader.require(key);
  const instrumentType = reader.choice('instrument-type', TRADED);
  if (isNotional) reader.forbid('quantity', 'must be omitted for a notional order');
  else reader.require('quantity');
  const quantity = reader.positive('quantity');
  if (
    quantity !== undefined &&
    instrumentType !== undefined &&
    !isWhole(quantity) &&
    !MAY_BE_FRACTIONAL.has(instrumentType)
  ) {
    reader.faults.push({ domain: 'legs.quantity', reason: 'must be a whole number' });
  }
  return {
    symbol: reader.text('symbol') ?? '',
    instrumentType: instrumentType ?? 'Equity',
    action: reader.choice('action', LEG_ACTIONS) ?? 'Buy',
    quantity: quantity ?? ZERO,
    remaining: quantity ?? ZERO,
    fills: [],
  };
}

function checkActions(legs: readonly Leg[], faults: Fault[]): void {
  for (const leg of legs) {
    const isPlain = leg.action === 'Buy' || leg.action === 'Sell';
    if (isPlain && leg.instrumentType !== 'Future' && faults.length === 0)
      faults.push({ domain: 'legs.action', reason: INVALID });
  }
}

export function readOrder(reader: BodyReader): OrderDraft {
  const terms = readTerms(reader);
  reader.require('legs');
  const legs = (reader.objects('legs') ?? []).map((leg) => readLeg(leg, terms.orderType === 'Notional Market'));
  if (reader.has('legs') && (legs.length === 0 || legs.length > MAX_LEGS))
    reader.faults.push({ domain: 'legs', reason: INVALID });
  checkActions(legs, reader.faults);
  const isStrictAboutCloses =
    reader.object('advanced-instructions')?.flag('strict-position-effect-validation') ?? false;
  return { terms, legs, isStrictAboutCloses };
}

const outcome = <Value>(reader: BodyReader, value: Value): Parsed<Value> =>
  reader.faults.length === 0 ? { kind: 'ok', value } : { kind: 'faults', faults: reader.faults };

export function parseOrder(body: unknown): Parsed<OrderDraft> {
  const reader = readBody(body);
  return outcome(reader, readOrder(reader));
}

/** The body of a replacement: the terms without legs. */
export function parseTerms(body: unknown): Parsed<OrderTerms> {
  const reader = readBody(body);
  return outcome(reader, readTerms(reader));
}
