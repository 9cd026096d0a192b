import { ENVIRONMENTS, type Environment } from '../broker/broker.ts';
import { accountNumber } from '../broker/model/symbol.ts';
import { epochMs } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantRow } from '../storage/stores/tenant-store.ts';
import type { Tenant, TenantId, TenantRecord } from './tenant.ts';

/** Reads a stored row. Throws `internal` on a word that this version does not know: orders might go to the wrong place. */
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
    createdAt: epochMs(row.createdAt),
    updatedAt: epochMs(row.updatedAt),
  };
  return { tenant, credentialsVersion: row.credentialsVersion };
}

function isEnvironment(text: string): text is Environment {
  return (ENVIRONMENTS as readonly string[]).includes(text);
}

function isStatus(text: string): text is Tenant['status'] {
  return text === 'enabled' || text === 'disabled';
}
