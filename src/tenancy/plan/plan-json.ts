import { quoted } from '../../core/quoted.ts';
import { type PlanEdit, type PlanFault, wrongRules } from './plan-edits.ts';
import type { Plan } from './plan.ts';
import { PLAN_RULES, type PlanRule } from './plan-rules.ts';

const MAX_SHOWN = 40;
const MAX_FAULTS = 10;

const snake = (key: string): string => key.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);

const FIELDS: ReadonlyMap<string, readonly PlanRule[]> = Map.groupBy(PLAN_RULES, ({ key }) => snake(key));

/** The names of the rules in JSON: `max_notional`, `symbols`. */
export const PLAN_FIELDS: readonly string[] = [...FIELDS.keys()];

/** Some rules of a plan as JSON: `{ max_notional: '5000', symbols: { deny: ['TSLA'] }, confirm: { above: '1000' } }`. */
export function planToJson(rules: Partial<Plan>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(rules).map(([key, value]) => [snake(key), value]));
}

/** Where a rule stands in JSON. */
export const fieldOf = ({ key, part }: PlanRule): string => (part === undefined ? snake(key) : `${snake(key)}.${part}`);

/** Says of a rule that its value in JSON was not understood. */
function wrongValue(rule: PlanRule): PlanFault {
  return { field: fieldOf(rule), problem: `${fieldOf(rule)} takes ${jsonTakes(rule)}` };
}

function jsonTakes({ key, part, takes }: PlanRule): string {
  if (part !== undefined || key === 'instrumentTypes')
    return `a list of texts: ${takes.split(', separated', 1)[0] ?? ''}`;
  return key === 'confirm' ? '"always", "never", or {"above": "1000"}' : takes;
}

/** When there is a fault, none of the changes may be made. */
export type PlanJson = { readonly edits: readonly PlanEdit[]; readonly faults: readonly PlanFault[] };

/**
 * Reads changes of a plan as a merge patch: null takes a rule, or half a rule about names, back to the default. Rules
 * may also be named as in the code, `maxNotional`.
 */
export function readPlanJson(body: unknown): PlanJson {
  if (!isObject(body)) {
    return { edits: [], faults: [{ field: 'body', problem: 'The changes must be a JSON object' }] };
  }
  const seen = new Set<string>();
  const read = Object.entries(body).map(([key, value]) => readField(key, value, seen));
  const edits = read.flatMap((field) => field.edits);
  const faults = [...read.flatMap((field) => field.faults), ...wrongRules(edits).map(wrongValue)];
  return { edits, faults: faults.slice(0, MAX_FAULTS) };
}

function readField(name: string, value: unknown, seen: Set<string>): PlanJson {
  const field = snake(name);
  const rules = FIELDS.get(field);
  if (rules === undefined) return fault(quoted(name, MAX_SHOWN), 'A field names no rule');
  if (seen.has(field)) return fault(field, `${field} is given twice`);
  seen.add(field);
  const [first] = rules;
  if (value === null) return { edits: rules.map((rule) => ({ kind: 'reset', rule })), faults: [] };
  if (first?.part === undefined) return { edits: rules.map((rule) => ({ kind: 'set', rule, value })), faults: [] };
  return readHalves(field, value, rules);
}

function readHalves(field: string, value: unknown, rules: readonly PlanRule[]): PlanJson {
  const isHalf = (name: string): boolean => rules.some(({ part }) => part === name);
  if (!isObject(value) || !Object.keys(value).every(isHalf))
    return fault(field, `${field} takes an object with allow, deny, or both`);
  const edits = rules.flatMap((rule): PlanEdit[] => {
    const half = value[rule.part ?? ''];
    if (half === undefined) return [];
    return [half === null ? { kind: 'reset', rule } : { kind: 'set', rule, value: half }];
  });
  return { edits, faults: [] };
}

const fault = (field: string, problem: string): PlanJson => ({ edits: [], faults: [{ field, problem }] });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
