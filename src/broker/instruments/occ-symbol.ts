import type { OptionTermsText } from './parse-symbol.ts';
import { decimal, isWhole, multiply } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';

const ROOT_WIDTH = 6;
const STRIKE_WIDTH = 8;
const STRIKE_SCALE = decimal('1000');

/** `SPY   261218C00600000`: 21 characters. Throws `invalid_input` for a strike that has no such form. */
export function occSymbol({ root, side, strike, expiration }: OptionTermsText & { readonly root: string }): string {
  const scaled = multiply(strike, STRIKE_SCALE);
  if (!isWhole(scaled) || scaled.length > STRIKE_WIDTH || root.length > ROOT_WIDTH) {
    throw new GatewayError('invalid_input', 'No option symbol can hold this root and strike.');
  }
  const day = expiration.slice(2).replaceAll('-', '');
  return `${root.padEnd(ROOT_WIDTH)}${day}${side}${scaled.padStart(STRIKE_WIDTH, '0')}`;
}
