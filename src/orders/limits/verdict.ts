import { compare } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { LimitCheck, LimitRule } from './limit-check.ts';

type Said = Omit<LimitCheck, 'rule' | 'verdict'>;

export const passed = (rule: LimitRule, said: Said): LimitCheck => ({ rule, verdict: 'passed', ...said });
export const refused = (rule: LimitRule, said: Said): LimitCheck => ({ rule, verdict: 'refused', ...said });
export const unreadable = (rule: LimitRule, said: Said): LimitCheck => ({ rule, verdict: 'unreadable', ...said });
export const notApplied = (rule: LimitRule, why: string): LimitCheck => ({ rule, verdict: 'not-applied', why });

/** `what` begins a sentence that goes on with the figure: `The order would open`. */
export type Measure = {
  readonly what: string;
  readonly figure: Decimal;
  readonly limit: Decimal;
  readonly unit: string;
};

/** A figure may be as large as its limit, and no larger. */
export function atMost(rule: LimitRule, { what, figure, limit, unit }: Measure): LimitCheck {
  const isOver = compare(figure, limit) > 0;
  const said = { figure, limit, why: `${what} ${figure} ${unit}; the plan allows ${limit}.` };
  return isOver ? refused(rule, said) : passed(rule, said);
}

const SEVERITY = { refused: 3, unreadable: 2, passed: 1, 'not-applied': 0 } as const;

/** What one rule says of several things is the worst that it says of any; of equals the first. */
export function worstOf(checks: readonly LimitCheck[], otherwise: LimitCheck): LimitCheck {
  const [first, ...others] = checks;
  if (first === undefined) return otherwise;
  return others.reduce((worst, each) => (SEVERITY[each.verdict] > SEVERITY[worst.verdict] ? each : worst), first);
}
