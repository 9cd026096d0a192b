import { decimal, isWhole } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';

const greatestDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestDivisor(b, a % b));

/** The quantities in their smallest whole relation: 10, 20 and 10 are 1, 2 and 1. A single quantity is one unit, fraction or not. */
export function ratioOf(quantities: readonly Decimal[]): Decimal[] {
  if (quantities.length === 1) return [decimal(1)];
  if (!quantities.every(isWhole)) throw new RangeError('Only whole quantities have a ratio');
  const whole = quantities.map(BigInt);
  const divisor = whole.reduce(greatestDivisor, 0n);
  return whole.map((quantity) => decimal(String(quantity / divisor)));
}
