import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { LedgerStore } from '../storage/stores/ledger-store.ts';
import type { BrokerPool } from './broker-pool.ts';
import type { AccountChanges } from '../broker/model/account-change.ts';
import { chooseAccount, usableAccounts } from './choose-account.ts';
import type { OpenContext } from './open-context.ts';
import type { TenantLookup } from './tenant-lookup.ts';
import type { TenantRecord } from './tenant.ts';

export type OpenContextDeps = {
  readonly lookup: TenantLookup;
  readonly pool: BrokerPool;
  readonly ledger: LedgerStore;
  readonly changesOf: (tenantId: string) => AccountChanges;
  readonly clock: Clock;
  readonly ids: IdSource;
};

/** From a verified caller to all that its call may touch. Nothing in the request has a say in whose it is. */
export function createOpenContext(deps: OpenContextDeps): OpenContext {
  const { lookup, pool, ledger, changesOf, clock, ids } = deps;
  return async (caller, { signal, log }) => {
    const record = await tenantOf(lookup, caller);
    const { tenant } = record;
    const { broker, accounts } = pool.use(record);
    return {
      tenant,
      caller,
      broker,
      ledger: ledger.of(tenant.id),
      chooseAccount: async (requested) => chooseAccount(await accounts.list(signal), tenant, requested),
      listAccounts: async () => usableAccounts(await accounts.list(signal), tenant).filter(({ isClosed }) => !isClosed),
      accountChanges: changesOf(tenant.id),
      clock,
      ids,
      log: log.with({ tenant: tenant.name }),
      signal,
    };
  };
}

/** An unknown caller and a disabled tenant are told in the same words. */
async function tenantOf(lookup: TenantLookup, caller: Caller): Promise<TenantRecord> {
  const record = await lookup(caller);
  if (record !== undefined) return record;
  throw new GatewayError('tenant_unknown', 'No tenant is set up for this caller.', {
    advice: 'Ask the operator of this gateway to set one up, or to enable it.',
  });
}
