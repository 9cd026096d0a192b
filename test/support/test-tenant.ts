import { epochMs } from '../../src/core/clock.ts';
import { planOf } from '../../src/tenancy/plan/plan.ts';
import type { Tenant, TenantId } from '../../src/tenancy/tenant.ts';

/** An enabled paper tenant under the default plan, named after its id, but for what is changed. */
export function testTenant(id: string, changes: Partial<Tenant> = {}): Tenant {
  return {
    id: id as TenantId,
    name: id,
    environment: 'paper',
    status: 'enabled',
    plan: planOf(changes.environment ?? 'paper', {}),
    createdAt: epochMs(0),
    updatedAt: epochMs(0),
    ...changes,
  };
}
