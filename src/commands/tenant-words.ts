import { toIso } from '../core/clock.ts';
import { planSteps } from '../tenancy/plan/plan-edits.ts';
import { planOf } from '../tenancy/plan/plan.ts';
import type { TenantDetails } from '../tenancy/registry.ts';
import { table } from './table.ts';

const day = (iso: string): string => iso.slice(0, 10);

function connection({ credentialsVersion }: TenantDetails): string {
  return credentialsVersion === 0 ? 'none' : `version ${credentialsVersion}`;
}

function ownRules({ name, environment, plan }: TenantDetails['tenant']): string {
  const own = planSteps(planOf(environment, {}), plan).length;
  if (own === 0) return `the defaults of ${environment}`;
  return `${own} ${own === 1 ? 'rule differs' : 'rules differ'} from the defaults of ${environment}: plan show ${name}`;
}

/** All tenants, one line each. */
export function tenantTable(tenants: readonly TenantDetails[]): string {
  if (tenants.length === 0) return 'There are no tenants yet. Add one: tenant add NAME --environment paper\n';
  const rows = tenants.map((details) => {
    const { name, environment, status, account, createdAt } = details.tenant;
    const callers = String(details.bindings.length);
    return [name, environment, status, account ?? 'all', connection(details), callers, day(toIso(createdAt))];
  });
  return table(['NAME', 'ENVIRONMENT', 'STATUS', 'ACCOUNT', 'CREDENTIALS', 'CALLERS', 'SINCE'], rows);
}

/** One tenant with everything but its secrets. */
export function tenantSheet(details: TenantDetails): string {
  const { id, name, environment, status, account, createdAt, updatedAt } = details.tenant;
  const facts = [
    ['name', name],
    ['id', id],
    ['environment', environment],
    ['status', status],
    ['account', account ?? 'all of its login'],
    ['credentials', connection(details)],
    ['plan', ownRules(details.tenant)],
    ['added', toIso(createdAt)],
    ['changed', toIso(updatedAt)],
    ...details.bindings.map(({ issuer, subject }) => ['caller', `${subject} of ${issuer}`]),
  ];
  const width = Math.max(...facts.map(([name = '']) => name.length));
  return facts.map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}\n`).join('');
}
