import type { Calls } from './calls.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { noAccountChanges } from '../broker/model/account-change.ts';
import { epochMs } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Rounds } from '../core/rounds.ts';
import { createCancelWorker } from '../orders/cancel-worker.ts';
import type { CancelTarget } from '../orders/cancel-worker.ts';
import { createOrderEar } from '../orders/settle/order-ear.ts';
import { createSettler } from '../orders/settle/settler.ts';
import { GLOBAL_SCOPE } from '../storage/stores/switch-scope.ts';
import type { Tenant, TenantId, TenantRecord } from '../tenancy/tenant.ts';

export type OrderDeskNeeds = Basics & {
  readonly tenancy: Tenancy;
  readonly calls: Pick<Calls, 'pool' | 'eventsOf'>;
  /** Whether it also carries out what operators ask for; one person's own program does not. */
  readonly servesOperators: boolean;
  /** By its id, enabled or not. */
  readonly findTenant: (id: TenantId) => Promise<TenantRecord | undefined>;
};

/** What goes on without a caller: unknown orders are settled, and operators' requests to cancel carried out. */
export function openOrderDesk(needs: OrderDeskNeeds): { close(): Promise<void> } {
  const { tenancy, calls, findTenant, clock, log } = needs;
  const { ledger: store } = tenancy.storage;
  const ear = createOrderEar({ store, eventsOf: calls.eventsOf, clock, log });
  const settler = createSettler({
    store,
    openBroker: async (id) => {
      const record = await findTenant(id as TenantId);
      return record === undefined ? undefined : calls.pool.use(record).broker;
    },
    clock,
    log,
    onUnsettled: ear.listenFor,
  });
  const canceller = needs.servesOperators ? openCanceller(needs) : undefined;
  return {
    async close() {
      ear.close();
      await Promise.all([settler.close(), canceller?.close()]);
    },
  };
}

function openCanceller(needs: OrderDeskNeeds): Rounds {
  const { storage } = needs.tenancy;
  return createCancelWorker({
    requests: storage.switches,
    async tenantsOf({ tenantId, scope }) {
      if (tenantId === null && scope === GLOBAL_SCOPE) return storage.tenants.list();
      const row = await storage.tenants.byId(tenantId ?? scope);
      return row === undefined ? [] : [row];
    },
    openTarget: (id, signal) => openTarget(id as TenantId, needs, signal),
    clock: needs.clock,
    log: needs.log,
  });
}

/** Everything of a tenant that cancelling takes, on the operator's behalf. */
async function openTarget(id: TenantId, needs: OrderDeskNeeds, signal: AbortSignal): Promise<CancelTarget> {
  const { tenancy, calls, findTenant, clock, ids, log } = needs;
  const record = await findTenant(id);
  if (record === undefined) throw new GatewayError('not_found', 'The tenant has been removed.');
  const { broker, accounts } = calls.pool.use(record);
  const { tenant } = record;
  const usable = (await accounts.list(signal)).filter(
    ({ number, isClosed }) => !isClosed && (tenant.account === undefined || number === tenant.account),
  );
  const caller = { issuer: 'gateway', subject: 'operator', scopes: new Set(['trade'] as const), expiresAt: epochMs(0) };
  const context = {
    tenant: unfettered(tenant),
    caller,
    broker,
    ledger: tenancy.storage.ledger.of(tenant.id),
    listAccounts: async () => usable,
    accountChanges: noAccountChanges,
    chooseAccount: () => Promise.reject(new RangeError('An operator names the account')),
    clock,
    ids,
    log: log.with({ tenant: tenant.name }),
    signal,
  };
  return { accounts: usable, context };
}

/** An operator cancels also where the tenant's own plan lets nobody write. */
const unfettered = (tenant: Tenant): Tenant => ({
  ...tenant,
  plan: { ...tenant.plan, readOnly: false, accounts: { deny: [] } },
});
