import type { Clock } from '../../core/clock.ts';
import { quoted } from '../../core/quoted.ts';
import type { TenantRow, TenantStore } from '../../storage/stores/tenant-store.ts';
import { editPlan, type PlanEdit, type PlanStep, planSteps } from './plan-edits.ts';
import { type PlanChanges, planOf } from './plan.ts';
import { readOwnRules, readTenant } from '../tenant-record.ts';
import type { Tenant } from '../tenant.ts';

/** A tenant with the rules that an operator set for it. The rules in force are `tenant.plan`. */
export type PlanDetails = { readonly tenant: Tenant; readonly own: PlanChanges };

/** A plan after a change. `steps` is absent when the rules before were not understood. */
export type PlanChanged = PlanDetails & { readonly steps?: readonly PlanStep[] };

/** Who wants another plan for the tenant of a row, as records name them. */
export type PlanWish = { readonly row: TenantRow; readonly by: string };

type PlanStores = { readonly tenants: Pick<TenantStore, 'setPlan'>; readonly clock: Clock };

const MAX_VALUE = 60;
const MAX_RECORD = 450;

/**
 * Makes changes to the tenant's own rules, and records them; `undefined` when somebody else changed them first. Throws
 * `internal` when those it has are not understood.
 */
export function changePlan(
  stores: PlanStores,
  wish: PlanWish,
  edits: readonly PlanEdit[],
): Promise<PlanChanged | undefined> {
  const { tenant } = readTenant(wish.row);
  return replacePlan(stores, wish, editPlan(tenant.environment, readOwnRules(wish.row), edits));
}

/** Replaces all of the tenant's own rules, understood or not, and records it; `undefined` when somebody else changed them first. */
export async function replacePlan(
  stores: PlanStores,
  { row, by }: PlanWish,
  own: PlanChanges,
): Promise<PlanChanged | undefined> {
  const at = stores.clock.now();
  const plan = Object.keys(own).length === 0 ? null : JSON.stringify(own);
  const { tenant } = readTenant({ ...row, plan, updatedAt: at });
  const steps = stepsFrom(row, tenant);
  const isKept = await stores.tenants.setPlan(row.id, plan, { before: row.plan, at, by, rules: recorded(steps) });
  if (!isKept) return undefined;
  return { tenant, own, ...(steps === undefined ? {} : { steps }) };
}

function stepsFrom(before: TenantRow, { environment, plan }: Tenant): readonly PlanStep[] | undefined {
  const own = understood(before);
  return own === undefined ? undefined : planSteps(planOf(environment, own), plan);
}

function understood(row: TenantRow): PlanChanges | undefined {
  try {
    return readOwnRules(row);
  } catch {
    return undefined;
  }
}

/** Short enough for one fact of a record. */
function recorded(steps: readonly PlanStep[] | undefined): string {
  if (steps === undefined) return '"replaced rules that were not understood"';
  const short = (text: string): string => quoted(text, MAX_VALUE);
  const full = JSON.stringify(Object.fromEntries(steps.map(({ rule, from, to }) => [rule, [short(from), short(to)]])));
  return full.length <= MAX_RECORD ? full : JSON.stringify(steps.map(({ rule }) => rule));
}
