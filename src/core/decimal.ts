import { Decimal as Big } from 'decimal.js';
import type { Brand } from './brand.ts';

/**
 * An exact decimal number as plain text: an optional minus, digits, an optional point and digits.
 * No exponent, no plus, no NaN, no negative zero. All money, prices and fractional quantities are of this type.
 */
export type Decimal = Brand<string, 'Decimal'>;

const Exact = Big.clone({ precision: 60, toExpNeg: -9e15, toExpPos: 9e15, rounding: Big.ROUND_HALF_EVEN });
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/u;
const MAX_TEXT = 64;

export const ZERO = '0' as Decimal;

function big(value: Decimal): Big {
  return new Exact(value);
}

function text(value: Big): Decimal {
  return (value.isZero() ? '0' : value.toFixed()) as Decimal;
}

/** Reads a number or a decimal text; `undefined` for anything else, NaN and the infinities included. */
export function parseDecimal(value: unknown): Decimal | undefined {
  const raw = typeof value === 'number' ? String(value) : value;
  if (typeof raw !== 'string' || raw.length > MAX_TEXT || !PLAIN.test(raw)) return undefined;
  return text(new Exact(raw));
}

/** Like `parseDecimal`, for values the program itself wrote. Throws a RangeError on anything else. */
export function decimal(value: string | number): Decimal {
  const parsed = parseDecimal(value);
  if (parsed === undefined) throw new RangeError(`Not a decimal number: ${String(value).slice(0, MAX_TEXT)}`);
  return parsed;
}

export const add = (a: Decimal, b: Decimal): Decimal => text(big(a).plus(b));
export const subtract = (a: Decimal, b: Decimal): Decimal => text(big(a).minus(b));
export const multiply = (a: Decimal, b: Decimal): Decimal => text(big(a).times(b));
export const negate = (a: Decimal): Decimal => text(big(a).negated());
export const absolute = (a: Decimal): Decimal => text(big(a).abs());

/** The quotient to `places` decimal places, half to even. Throws a RangeError on division by zero. */
export function divide(a: Decimal, b: Decimal, places = 12): Decimal {
  if (isZero(b)) throw new RangeError('Division by zero');
  return text(big(a).dividedBy(b).toDecimalPlaces(places));
}

/** -1, 0 or 1. */
export const compare = (a: Decimal, b: Decimal): number => big(a).comparedTo(b);
export const isZero = (a: Decimal): boolean => big(a).isZero();
export const isNegative = (a: Decimal): boolean => big(a).isNegative() && !isZero(a);
export const isPositive = (a: Decimal): boolean => !isNegative(a) && !isZero(a);
export const isWhole = (a: Decimal): boolean => big(a).isInteger();
export const sum = (values: readonly Decimal[]): Decimal => values.reduce(add, ZERO);

export type Rounding = 'nearest' | 'down' | 'up';

const ROUNDINGS = {
  nearest: Big.ROUND_HALF_EVEN,
  down: Big.ROUND_FLOOR,
  up: Big.ROUND_CEIL,
} as const satisfies Record<Rounding, Big.Rounding>;

/** The multiple of `step` next to `value`: `down` is towards minus infinity. Exact; `step` must be positive. */
export function roundToStep(value: Decimal, step: Decimal, rounding: Rounding = 'nearest'): Decimal {
  if (!isPositive(step)) throw new RangeError('A rounding step must be positive');
  const steps = big(value).dividedBy(step).toDecimalPlaces(0, ROUNDINGS[rounding]);
  return text(steps.times(step));
}

export const isMultipleOf = (value: Decimal, step: Decimal): boolean => big(value).modulo(step).isZero();

/** Rounded to `places` decimal places, half to even; trailing zeros are dropped. */
export const roundTo = (value: Decimal, places: number): Decimal => text(big(value).toDecimalPlaces(places));

/** For display and statistics only. The result never goes back into money. */
export const toNumber = (value: Decimal): number => Number(value);
