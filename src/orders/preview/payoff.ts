import { isBuy } from '../../broker/model/order.ts';
import {
  ZERO,
  add,
  compare,
  divide,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  subtract,
  sum,
} from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Ticket, TicketLeg } from '../ticket/ticket.ts';

/**
 * What the whole order would come to when its options expire, in dollars, fees and dividends not counted. Losses and profits are
 * positive amounts; an order that can lose nothing has a loss of 0.
 */
export type Payoff = {
  readonly maxLoss: Decimal | 'unlimited';
  readonly maxProfit: Decimal | 'unlimited';
  /** Prices of the underlying at which it comes to nothing, ascending, to 12 decimal places at most. */
  readonly breakEvens: readonly Decimal[];
};

/** Dollars won at a price of the underlying. */
type Point = { readonly at: Decimal; readonly value: Decimal };
type Curve = { readonly points: readonly Point[]; /** Dollars a point beyond the last. */ readonly slope: Decimal };

/**
 * Defined for orders that only open, have a price, and are either shares or coins, or options of one series that expire together.
 * `undefined` for anything else: calendars, rolls, futures, contracts with an unusual deliverable. The underlying is
 * taken to end at zero or above.
 */
export function payoffOf({ ticket, price }: { readonly ticket: Ticket; readonly price?: Decimal }): Payoff | undefined {
  if (price === undefined || !isDefined(ticket)) return undefined;
  const cash = cashOf(ticket, price);
  if (cash === undefined) return undefined;
  const { points, slope } = curveOf(ticket.legs, cash);
  const values = points.map(({ value }) => value);
  return {
    maxLoss: isNegative(slope) ? 'unlimited' : atLeastZero(negate(values.reduce(smaller))),
    maxProfit: isPositive(slope) ? 'unlimited' : atLeastZero(values.reduce(larger)),
    breakEvens: breakEvensOf({ points, slope }),
  };
}

function isDefined({ legs }: Ticket): boolean {
  const [first, ...others] = legs;
  if (first === undefined || !legs.every(isPlainOpening)) return false;
  if (first.instrument.option === undefined) return others.length === 0 && STOCK.has(first.instrument.type);
  return others.every((leg) => isOfOneSeries(leg, first));
}

const STOCK: ReadonlySet<string> = new Set(['Equity', 'Cryptocurrency']);

const isPlainOpening = ({ action, quantity, instrument: { type, option } }: TicketLeg): boolean =>
  action.endsWith('to Open') &&
  quantity !== undefined &&
  type.endsWith('Option') === (option !== undefined) &&
  !(type === 'Equity Option' && /\d/u.test(option?.root ?? ''));

function isOfOneSeries({ instrument: a }: TicketLeg, { instrument: b }: TicketLeg): boolean {
  if (a.option === undefined || b.option === undefined) return false;
  return (
    a.type === b.type &&
    a.underlying === b.underlying &&
    a.option.root === b.option.root &&
    a.option.expiration === b.option.expiration &&
    compare(a.multiplier, b.multiplier) === 0
  );
}

/** What is received (or, below zero, paid) at the start; `undefined` when the legs are not the same number of units. */
function cashOf({ legs }: Ticket, price: Decimal): Decimal | undefined {
  const [first, ...others] = legs;
  if (first?.quantity === undefined) return undefined;
  const units = divide(first.quantity, first.ratio);
  const isEven = others.every(
    ({ quantity, ratio }) => quantity !== undefined && compare(quantity, multiply(units, ratio)) === 0,
  );
  return isEven ? multiply(multiply(price, units), first.instrument.multiplier) : undefined;
}

function curveOf(legs: readonly TicketLeg[], cash: Decimal): Curve {
  const strikes = legs.flatMap(({ instrument: { option } }) => option?.strike ?? []);
  const ats = [...new Set([ZERO, ...strikes])].toSorted(compare);
  const points = ats.map((at) => ({ at, value: add(cash, sum(legs.map((leg) => valueAt(leg, at)))) }));
  return { points, slope: sum(legs.filter(({ instrument }) => instrument.option?.side !== 'P').map(sizeOf)) };
}

/** Signed: sold is negative. */
function sizeOf({ action, quantity, instrument }: TicketLeg): Decimal {
  const size = multiply(quantity ?? ZERO, instrument.multiplier);
  return isBuy(action) ? size : negate(size);
}

function valueAt(leg: TicketLeg, at: Decimal): Decimal {
  const { option } = leg.instrument;
  if (option === undefined) return multiply(sizeOf(leg), at);
  const inside = option.side === 'C' ? subtract(at, option.strike) : subtract(option.strike, at);
  return multiply(sizeOf(leg), atLeastZero(inside));
}

/** Between two points, and beyond the last, the curve is straight. */
function breakEvensOf({ points, slope }: Curve): readonly Decimal[] {
  const found = points.flatMap((point, at) => {
    if (isZero(point.value)) return [point.at];
    const next = points[at + 1];
    return next === undefined ? crossingBeyond(point, slope) : crossingBetween(point, next);
  });
  return found;
}

function crossingBetween(from: Point, to: Point): readonly Decimal[] {
  if (isZero(to.value) || isNegative(from.value) === isNegative(to.value)) return [];
  const run = multiply(subtract(to.at, from.at), from.value);
  return [add(from.at, divide(run, subtract(from.value, to.value)))];
}

function crossingBeyond({ at, value }: Point, slope: Decimal): readonly Decimal[] {
  if (isZero(slope) || isNegative(slope) === isNegative(value)) return [];
  return [subtract(at, divide(value, slope))];
}

const smaller = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);
const larger = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);
const atLeastZero = (value: Decimal): Decimal => (isNegative(value) ? ZERO : value);
