import { z } from 'zod';
import type { InstrumentSpec } from '../../broker/model/instrument.ts';
import { decimal } from '../../core/decimal.ts';
import { dateField, decimalField, orNull, symbolField } from './input-fields.ts';

/** How a caller names an instrument: an option by all four fields, or by its own symbol; the rest by symbol alone. */
export const instrumentShape = {
  symbol: symbolField.describe('SPY, SPX, /ESZ6, BTC/USD, or the OCC or streamer symbol of an option.'),
  option_type: orNull(z.enum(['C', 'P'])),
  strike_price: orNull(
    decimalField({
      rule: 'a positive strike such as 600 or "600.5"',
      min: decimal('0.0001'),
      max: decimal(10_000_000),
    }),
  ),
  expiration_date: orNull(dateField),
};

export const OPTION_RULE = 'option_type, strike_price and expiration_date belong together: give all three or none';

export const instrumentInput = z
  .strictObject(instrumentShape)
  .refine(isWhole, { error: OPTION_RULE })
  .meta({ examples: [{ symbol: 'SPY', option_type: 'C', strike_price: 600, expiration_date: '2026-12-18' }] });

type InstrumentInput = z.output<z.ZodObject<typeof instrumentShape>>;

/** True when the three option fields are all there or all absent. */
export function isWhole({ option_type, strike_price, expiration_date }: InstrumentInput): boolean {
  const given = [option_type, strike_price, expiration_date].filter((field) => field !== undefined);
  return given.length === 0 || given.length === 3;
}

export function toSpec({ symbol, option_type, strike_price, expiration_date }: InstrumentInput): InstrumentSpec {
  return {
    symbol,
    ...(option_type === undefined ? {} : { optionSide: option_type }),
    ...(strike_price === undefined ? {} : { strike: strike_price }),
    ...(expiration_date === undefined ? {} : { expiration: expiration_date }),
  };
}

/** The caller's own words for it: `SPY 2026-12-18 600 C`. */
export function nameOf({ symbol, optionSide, strike, expiration }: InstrumentSpec): string {
  return [symbol, expiration, strike, optionSide].filter((part) => part !== undefined).join(' ');
}
