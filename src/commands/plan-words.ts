import { PLAN_RULES, ruleText } from '../tenancy/plan/plan-rules.ts';
import { planOf } from '../tenancy/plan/plan.ts';
import type { PlanChanged, PlanDetails } from '../tenancy/plan/tenant-plan.ts';
import { table } from './table.ts';

/** All rules in force for a tenant, and where each comes from. */
export function planTable({ tenant, own }: PlanDetails): string {
  const usual = planOf(tenant.environment, {});
  const rows = PLAN_RULES.map((rule) => {
    const value = ruleText(tenant.plan, rule);
    const isOwn = Object.hasOwn(own, rule.key) && (rule.part === undefined || value !== ruleText(usual, rule));
    return [rule.name, value, isOwn ? 'own' : 'default', rule.means];
  });
  return `${tenant.name}, ${tenant.environment}\n\n${table(['RULE', 'VALUE', 'SET', 'WHAT IT IS ABOUT'], rows)}`;
}

/** What a change did, rule by rule. */
export function changeText({ tenant, steps }: PlanChanged): string {
  const { name, environment } = tenant;
  if (steps === undefined) {
    return `${name} has the defaults of ${environment}. The rules it had before were not understood.\n${SOON}`;
  }
  if (steps.length === 0) return `${name} has the same rules as before.\n`;
  return `${steps.map(({ rule, from, to }) => `${name}: ${rule} ${from} → ${to}\n`).join('')}${SOON}`;
}

const SOON = 'In force within a second.\n';
