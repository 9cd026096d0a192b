import { type EpochMs, toIso } from '../../../core/clock.ts';
import type { CancelState } from '../../../tenancy/operator/operator-cancel.ts';
import type { OperatorOrder } from '../../../tenancy/operator/operator-orders.ts';
import type { OperatorScope } from '../../../tenancy/operator/operator-scope.ts';
import type { SwitchState } from '../../../tenancy/operator/operator-switch.ts';
import { planToJson } from '../../../tenancy/plan/plan-json.ts';
import type { PlanDetails } from '../../../tenancy/plan/tenant-plan.ts';

type Json = Readonly<Record<string, unknown>>;

const timeField = (name: string, at: EpochMs | undefined): Json => (at === undefined ? {} : { [name]: toIso(at) });

/** A tenant that was removed has an id, and no name any more. */
function scopeJson(scope: OperatorScope): Json {
  if (scope.kind === 'global') return { scope: 'global' };
  return { scope: 'tenant', tenant_id: scope.id, ...(scope.name === undefined ? {} : { tenant: scope.name }) };
}

export const switchJson = ({ scope, isOn, reason, by, at }: SwitchState): Json => ({
  ...scopeJson(scope),
  on: isOn,
  reason,
  by,
  at: toIso(at),
});

export const cancelJson = ({ id, scope, reason, by, at, progress, doneAt, result }: CancelState): Json => ({
  id,
  ...scopeJson(scope),
  reason,
  by,
  at: toIso(at),
  progress: progress === 'under-way' ? 'under_way' : progress,
  ...timeField('done_at', doneAt),
  ...(result === undefined ? {} : { result }),
});

/** `rules` are all in force, `own` those that an operator set. Amounts are texts. */
export const planJson = ({ tenant, own }: PlanDetails): Json => ({
  tenant: tenant.name,
  environment: tenant.environment,
  rules: planToJson(tenant.plan),
  own: planToJson(own),
});

export const orderJson = (order: OperatorOrder): Json => ({
  id: order.id,
  action: order.action,
  state: order.state,
  account_number: order.account,
  ...(order.clientOrderId === undefined ? {} : { client_order_id: order.clientOrderId }),
  ...(order.orderId === undefined ? {} : { order_id: order.orderId }),
  ...(order.targetId === undefined ? {} : { target_order_id: order.targetId }),
  created_at: toIso(order.createdAt),
  updated_at: toIso(order.updatedAt),
  ...timeField('sent_at', order.sentAt),
  flagged: order.flaggedAt !== undefined,
  ...timeField('flagged_at', order.flaggedAt),
  ...(order.settlement === undefined ? {} : { settlement: order.settlement }),
});
