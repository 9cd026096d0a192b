import { negate, ZERO, type Decimal } from '../../../core/decimal.ts';
import { withEffect } from '../../wire-text.ts';
import { feeTotal } from '../accounts/post.ts';
import type { WireObject } from '../desk.ts';
import { feeSums, type FeeParts } from './schedule.ts';

const item = (name: string, cost: Decimal): WireObject => {
  const { value, 'value-effect': effect } = withEffect('value', negate(cost));
  return { name, value, effect };
};

/** The `fee-calculation` of an order answer: what the whole order would cost. */
export function feeCalculation(parts: FeeParts): WireObject {
  const fees = feeSums(parts);
  return {
    ...withEffect('regulatory-fees', negate(fees.regulatory)),
    'regulatory-fees-breakdown': [
      item('exchange', parts.exchange),
      item('nfa', parts.nfa),
      item('orf', parts.orf),
      item('sec', parts.sec),
      item('taf', parts.taf),
    ],
    ...withEffect('clearing-fees', negate(fees.clearing)),
    'clearing-fees-breakdown': [item('clearing', parts.clearing)],
    ...withEffect('commission', negate(fees.commission)),
    'commission-breakdown': [item('brokerage', parts.brokerage)],
    ...withEffect('proprietary-index-option-fees', negate(fees.proprietary)),
    'proprietary-fees-breakdown': [item('proprietary', parts.proprietary)],
    ...withEffect('total-fees', negate(feeTotal(fees))),
    ...withEffect('rebates', ZERO),
    'rebates-breakdown': [item('rebate', ZERO)],
    'per-quantity': false,
  };
}
