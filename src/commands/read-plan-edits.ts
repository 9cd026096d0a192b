import { type PlanEdit, type PlanFault, planRefusal, wrongRules } from '../tenancy/plan/plan-edits.ts';
import { findRule, PLAN_RULES } from '../tenancy/plan/plan-rules.ts';

const NAMES = PLAN_RULES.map(({ name }) => name);

/** `max-notional=5000` and the like, as changes. Throws `invalid_input` with every fault at once. */
export function readSettings(settings: readonly string[]): readonly PlanEdit[] {
  return readAll(settings, (setting, place) => {
    const split = setting.indexOf('=');
    if (split === -1) return { field: place, problem: `${place} must be RULE=VALUE` };
    const rule = findRule(setting.slice(0, split));
    if (rule === undefined) return { field: place, problem: `${place} names no rule` };
    return { kind: 'set', rule, value: rule.read(setting.slice(split + 1)) };
  });
}

/** Names of rules, as their going back to the default. Throws `invalid_input`. */
export function readResets(names: readonly string[]): readonly PlanEdit[] {
  return readAll(names, (name, place) => {
    const rule = findRule(name);
    return rule === undefined ? { field: place, problem: `${place} names no rule` } : { kind: 'reset', rule };
  });
}

function readAll(texts: readonly string[], read: (text: string, place: string) => PlanEdit | PlanFault): PlanEdit[] {
  const results = texts.map((text, index) => read(text, `Change ${index + 1}`));
  const edits = results.filter((result) => 'kind' in result);
  const named = edits.map(({ rule }) => rule.name);
  const twice = new Set(named.filter((name, index) => named.indexOf(name) !== index));
  const faults = [
    ...results.filter((result) => 'problem' in result),
    ...wrongRules(edits).map(({ name, takes }) => ({ field: name, problem: `${name} takes ${takes}` })),
    ...[...twice].map((name) => ({ field: name, problem: `${name} is given twice` })),
  ];
  if (faults.length > 0) throw planRefusal(faults, NAMES);
  return edits;
}
