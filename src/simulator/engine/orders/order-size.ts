import { decimal, divide, isWhole, toNumber, type Decimal } from '../../../core/decimal.ts';
import type { Leg } from './order.ts';

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** How many units of the leg ratio the order is for: 5 of a 10 × 15 ratio spread, the plain quantity of a single leg. */
export function orderSize(legs: readonly Pick<Leg, 'quantity'>[]): number {
  const [only, ...others] = legs.map((leg) => toNumber(leg.quantity));
  if (only === undefined) return 0;
  if (others.length === 0 || legs.some((leg) => !isWhole(leg.quantity))) return only;
  return others.reduce(gcd, only);
}

/** How many of a leg belong to one unit of the order. */
export function legRatio(leg: Pick<Leg, 'quantity'>, size: number): Decimal {
  return divide(leg.quantity, decimal(size));
}
