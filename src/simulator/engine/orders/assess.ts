import type { Decimal } from '../../../core/decimal.ts';
import type { DeskRefusal, WireObject } from '../desk.ts';
import { feeCalculation } from '../fees/fee-calculation.ts';
import { effectWire, isAffordable, orderEffect, type OrderEffect } from '../margin/order-effect.ts';
import type { Candidate, Desktop } from './candidate.ts';
import { preflightRefusals } from './preflight.ts';
import { NEXT_SESSION, preflightRefusal, refusalRemark, type Remark } from './remark.ts';

export type Assessed =
  | { readonly kind: 'passed'; readonly effect: OrderEffect; readonly warnings: readonly Remark[] }
  | { readonly kind: 'refused'; readonly errors: readonly Remark[]; readonly effect?: OrderEffect };

function warningsOf(candidate: Candidate, { floor, at }: Desktop): Remark[] {
  const keeps = { type: candidate.contracts[0].instrumentType, timeInForce: candidate.terms.timeInForce };
  return [...candidate.warnings, ...(floor.hours.isOpen(keeps, at) ? [] : [NEXT_SESSION])];
}

/** All checks in the broker's order: the margin is computed only for what passed the others. */
export function assess(candidate: Candidate, desk: Desktop, freed?: Decimal): Assessed {
  const errors = preflightRefusals(candidate, desk);
  if (errors.length > 0) return { kind: 'refused', errors };
  const effect = orderEffect(candidate, desk, freed);
  const warnings = warningsOf(candidate, desk);
  if (candidate.isContingent) return { kind: 'passed', effect, warnings };
  if (effect.opensNakedCalls && desk.book.profile.kind === 'Cash')
    return { kind: 'refused', errors: [refusalRemark('short_calls_not_enabled')] };
  if (!isAffordable(effect)) return { kind: 'refused', errors: [refusalRemark('margin_check_failed')], effect };
  return { kind: 'passed', effect, warnings };
}

export const refusalOf = (assessed: Extract<Assessed, { kind: 'refused' }>): DeskRefusal =>
  preflightRefusal(
    assessed.errors,
    assessed.effect === undefined ? undefined : { 'buying-power-effect': effectWire(assessed.effect) },
  );

/** The parts of an order answer beside the order itself. */
export const effectsWire = (effect: OrderEffect, warnings: readonly Remark[]): WireObject => ({
  warnings: [...warnings],
  'buying-power-effect': effectWire(effect),
  'fee-calculation': feeCalculation(effect.fees),
});

export const instrumentRefusal = (): DeskRefusal => preflightRefusal([refusalRemark('instrument_validation_failed')]);
