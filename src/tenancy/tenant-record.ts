import { ENVIRONMENTS, type Environment } from '../broker/broker.ts';
import { accountNumber } from '../broker/model/symbol.ts';
import { epochMs } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantRow } from '../storage/stores/tenant-store.ts';
import { parsePlanChanges, type PlanChanges, planOf } from './plan/plan.ts';
import type { Tenant, TenantId, TenantRecord } from './tenant.ts';

/**
 * Reads a stored row. Throws `internal` on a word or a rule that this version does not know: orders might go to the
 * wrong place, or past a limit.
 */
export function readTenant(row: TenantRow): TenantRecord {
  if (!isEnvironment(row.environment) || !isStatus(row.status)) {
    throw new GatewayError(
      'internal',
      'The database holds a tenant that this version of the gateway does not understand.',
    );
  }
  const tenant: Tenant = {
    id: row.id as TenantId,
    name: row.name,
    environment: row.environment,
    ...(row.account === null ? {} : { account: accountNumber(row.account) }),
    status: row.status,
    plan: planOf(row.environment, readOwnRules(row)),
    createdAt: epochMs(row.createdAt),
    updatedAt: epochMs(row.updatedAt),
  };
  return { tenant, credentialsVersion: row.credentialsVersion };
}

/** The rules that an operator set for the tenant, as stored. Throws `internal` unless all of it is understood. */
export function readOwnRules({ name, plan }: Pick<TenantRow, 'name' | 'plan'>): PlanChanges {
  if (plan === null) return {};
  const rules = parsePlanChanges(parsedJson(plan));
  if (rules !== undefined) return rules;
  throw new GatewayError('internal', `The plan of ${name} holds rules that this version does not understand.`, {
    advice: `Nothing is sent for this tenant. The operator can go back to the defaults with: plan reset ${name}`,
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEnvironment(text: string): text is Environment {
  return (ENVIRONMENTS as readonly string[]).includes(text);
}

function isStatus(text: string): text is Tenant['status'] {
  return text === 'enabled' || text === 'disabled';
}
