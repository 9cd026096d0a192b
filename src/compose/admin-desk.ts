import { type ChainDropper, dropChains } from './drop-chains.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Storage } from '../storage/storage.ts';
import { readCancelRequest, requestCancelAll } from '../tenancy/operator/operator-cancel.ts';
import { listOrders } from '../tenancy/operator/operator-orders.ts';
import { listSwitches, setSwitch } from '../tenancy/operator/operator-switch.ts';
import type { Registry } from '../tenancy/registry.ts';
import type { AdminDesk } from '../transports/http/admin/admin.ts';

export type AdminDeskDeps = ChainDropper & {
  readonly registry: Registry;
  readonly storage: Pick<Storage, 'switches' | 'ledger'>;
  readonly clock: Clock;
  readonly ids: IdSource;
};

/** What operators do over HTTP: the same functions as behind their commands. */
export function createAdminDesk({ registry, storage, clock, ids, ...dropper }: AdminDeskDeps): AdminDesk {
  const { switches, ledger } = storage;
  const operator = { registry, switches, clock, ids };
  return {
    switches: () => listSwitches(operator),
    setSwitch: (change) => setSwitch(operator, change),
    cancelAll: (wish) => requestCancelAll(operator, wish),
    cancelRequest: (id) => readCancelRequest(operator, id),
    plan: (tenant) => registry.plan(tenant),
    changePlan: (tenant, edits, by) => registry.changePlan(tenant, edits, by),
    dropChains: (wish) => dropChains(dropper, wish),
    orders: (query) => listOrders({ registry, ledger }, query),
  };
}
