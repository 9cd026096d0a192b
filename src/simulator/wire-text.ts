import type { EpochMs } from '../core/clock.ts';
import { absolute, decimal, isNegative, isZero, roundTo, type Decimal } from '../core/decimal.ts';

/** Decimal text as the broker writes it: never without a point (`1.0`, `0.05`). */
export const decimalText = (value: Decimal): string => (value.includes('.') ? value : `${value}.0`);

/** A statistic of the model as decimal text, at most `places` after the point; `NaN` for what is not finite. */
export function numberText(value: number, places: number): string {
  if (!Number.isFinite(value)) return 'NaN';
  return decimalText(roundTo(decimal(value.toFixed(places)), places));
}

/** ISO 8601 with the offset that REST objects carry: `2026-11-23T14:30:00.000+00:00`. */
export const offsetTime = (at: EpochMs): string => new Date(at).toISOString().replace('Z', '+00:00');

/** ISO 8601 with `Z`, as market data and metrics carry it. */
export const zuluTime = (at: EpochMs): string => new Date(at).toISOString();

/** A signed amount in the broker's two keys: an unsigned text and its direction. */
export function withEffect(key: string, signed: Decimal): Record<string, string> {
  const credit = isNegative(signed) ? 'Debit' : 'Credit';
  return { [key]: decimalText(absolute(signed)), [`${key}-effect`]: isZero(signed) ? 'None' : credit };
}
