import { decimal, type Decimal } from '../../../core/decimal.ts';
import { decimalText } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import type { Profile } from '../world/profile.ts';

/** Fractions of market value, and for a naked option a floor in dollars per contract. */
export type MarginRates = {
  readonly longInitial: Decimal;
  readonly longMaintenance: Decimal;
  readonly shortInitial: Decimal;
  readonly shortMaintenance: Decimal;
  readonly nakedStandard: Decimal;
  readonly nakedMinimum: Decimal;
  readonly nakedFloor: Decimal;
};

const REG_T: MarginRates = {
  longInitial: decimal('0.5'),
  longMaintenance: decimal('0.25'),
  shortInitial: decimal('0.5'),
  shortMaintenance: decimal('0.3'),
  nakedStandard: decimal('0.2'),
  nakedMinimum: decimal('0.1'),
  nakedFloor: decimal('250'),
};

const ONE = decimal('1');
const PAID_IN_FULL: MarginRates = {
  ...REG_T,
  longInitial: ONE,
  longMaintenance: ONE,
  shortInitial: ONE,
  shortMaintenance: ONE,
  nakedStandard: ONE,
  nakedMinimum: ONE,
};

/** SPAN stands on scenarios; here a future takes this part of yesterday's notional, the same all day. */
export const FUTURE_RATE = decimal('0.06');
/** A naked future option takes at least this part of its future's requirement. */
export const FUTURE_OPTION_FLOOR = decimal('0.5');
export const RISK_FREE_RATE = decimal('0.0425');

export const ratesOf = (profile: Profile): MarginRates => (profile.kind === 'Margin' ? REG_T : PAID_IN_FULL);

export const calculationType = (profile: Profile): string => (profile.kind === 'Margin' ? 'Reg T' : 'Cash');

export function ratesWire(rates: MarginRates, underlying: string): WireObject {
  return {
    'underlying-symbol': underlying,
    'long-equity-initial': decimalText(rates.longInitial),
    'short-equity-initial': decimalText(rates.shortInitial),
    'long-equity-maintenance': decimalText(rates.longMaintenance),
    'short-equity-maintenance': decimalText(rates.shortMaintenance),
    'naked-option-standard': decimalText(rates.nakedStandard),
    'naked-option-minimum': decimalText(rates.nakedMinimum),
    'naked-option-floor': decimalText(rates.nakedFloor),
  };
}
