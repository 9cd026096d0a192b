import type { Environment } from '../../broker/broker.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { GatewayError } from '../../core/errors.ts';
import { DEFAULT_PLANS, type NameRule, type Plan, type PlanChanges, parsePlanChanges, planOf } from './plan.ts';
import { PLAN_RULES, type PlanRule, ruleText } from './plan-rules.ts';

/** One thing an operator wants to change: another value, as in JSON, or back to the default. */
export type PlanEdit =
  | { readonly kind: 'set'; readonly rule: PlanRule; readonly value: unknown }
  | { readonly kind: 'reset'; readonly rule: PlanRule };

/** What is wrong with a wanted change. `field` is where the person wrote it. */
export type PlanFault = { readonly field: string; readonly problem: string };

/** The refusal of a change of a plan. `names` are the rules there are, as the person has to write them. */
export function planRefusal(faults: readonly PlanFault[], names: readonly string[]): GatewayError {
  const sentences = faults.map(({ problem }) => `${problem}.`).join(' ');
  return new GatewayError('invalid_input', `The plan was not changed. ${sentences}`, {
    details: { problems: faults },
    advice: `The rules are: ${names.join(', ')}.`,
  });
}

/** What one rule said before a change, and what it says now. */
export type PlanStep = { readonly rule: string; readonly from: string; readonly to: string };

/** The rules whose wanted value is not understood. */
export const wrongRules = (edits: readonly PlanEdit[]): readonly PlanRule[] =>
  edits.filter((edit) => editOne('paper', {}, edit) === undefined).map(({ rule }) => rule);

/**
 * A tenant's own rules after an operator's changes. Half a rule about names leaves the other half as it is. Throws a
 * RangeError on a value that `wrongRules` names.
 */
export function editPlan(environment: Environment, own: PlanChanges, edits: readonly PlanEdit[]): PlanChanges {
  return edits.reduce((before, edit) => {
    const after = editOne(environment, before, edit);
    if (after === undefined) throw new RangeError(`The rule ${edit.rule.name} does not take this value`);
    return after;
  }, own);
}

function editOne(environment: Environment, own: PlanChanges, edit: PlanEdit): PlanChanges | undefined {
  return edit.rule.part === undefined ? editWhole(own, edit) : editPart(environment, own, edit);
}

function editWhole(own: PlanChanges, edit: PlanEdit): PlanChanges | undefined {
  const { key } = edit.rule;
  return edit.kind === 'set' ? withRule(own, key, edit.value) : without(own, key);
}

function editPart(environment: Environment, own: PlanChanges, edit: PlanEdit): PlanChanges | undefined {
  const { key, part = 'deny' } = edit.rule;
  const usual = DEFAULT_PLANS[environment][key] as NameRule;
  const present = planOf(environment, own)[key] as NameRule;
  // `undefined` is understood as an absent half: only a reset may say that.
  if (edit.kind === 'set' && edit.value === undefined) return undefined;
  const value = edit.kind === 'set' ? edit.value : usual[part];
  const both = Object.fromEntries(
    Object.entries({ ...present, [part]: value }).filter(([, half]) => half !== undefined),
  );
  const isUsual = edit.kind === 'reset' && canonicalJson(both) === canonicalJson(usual);
  return isUsual ? without(own, key) : withRule(own, key, both);
}

function withRule(own: PlanChanges, key: keyof Plan, value: unknown): PlanChanges | undefined {
  const parsed = parsePlanChanges({ [key]: value });
  return parsed !== undefined && Object.hasOwn(parsed, key) ? { ...own, ...parsed } : undefined;
}

const without = (own: PlanChanges, key: keyof Plan): PlanChanges =>
  Object.fromEntries(Object.entries(own).filter(([name]) => name !== key));

/** How one plan differs from another, rule by rule. */
export function planSteps(before: Plan, after: Plan): readonly PlanStep[] {
  return PLAN_RULES.map((rule) => ({
    rule: rule.name,
    from: ruleText(before, rule),
    to: ruleText(after, rule),
  })).filter(({ from, to }) => from !== to);
}
