import type { Plan } from '../../tenancy/plan/plan.ts';
import type { JudgedOrder } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { passed, refused } from './verdict.ts';

/** Read-only is for everything that is sent, closing orders and cancels included. */
export function checkReadOnly({ readOnly }: Plan): LimitCheck {
  return readOnly
    ? refused('read_only', {
        figure: 'an order',
        limit: 'reads',
        why: 'The plan allows reads only, and no order or cancel.',
      })
    : passed('read_only', { why: 'The plan is not read-only.' });
}

export function checkClosingOnly({ closingOnly }: Plan, { isClosing, facts }: JudgedOrder): LimitCheck {
  const figure = isClosing ? 'closing' : 'opening';
  if (!closingOnly) return passed('closing_only', { figure, why: 'The plan lets orders open something.' });
  if (isClosing) return passed('closing_only', { figure, limit: 'closing', why: 'The order only closes.' });
  const reason =
    facts.positions.kind === 'known'
      ? 'The order opens something, or is for more than is held.'
      : `The order is not certain to close only. ${facts.positions.why}`;
  return refused('closing_only', { figure, limit: 'closing', why: `The plan lets orders only close. ${reason}` });
}
