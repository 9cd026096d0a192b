import type { Environment } from '../broker/broker.ts';
import type { AccountChanges } from '../broker/model/account-change.ts';
import type { AccountEvents } from '../broker/model/account-event.ts';
import type { BrokerGrant, BrokerHosts, SharedValues } from '../broker/upstream.ts';
import type { ReferenceCache } from '../cache/reference-cache.ts';
import { brokerMaker } from './broker.ts';
import { composeChains } from './chains.ts';
import { openLimits } from './limits.ts';
import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { composeTokenSharing } from './token-sharing.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createEventRelay } from '../relay/account-events/account-events.ts';
import { withEvents } from '../relay/account-events/as-changes.ts';
import { createRelay } from '../relay/relay.ts';
import { type BrokerPool, createBrokerPool } from '../tenancy/broker-pool.ts';
import type { Tenant, TenantId, TenantRecord } from '../tenancy/tenant.ts';

/** The brokers of all tenants, with what replicas share of them. */
export type Brokers = {
  readonly pool: BrokerPool;
  readonly chains: Pick<ReferenceCache<SharedValues>, 'drop'>;
  /** What happens to a tenant's accounts, by its id: at the broker, and by what this gateway sends. */
  changesOf(tenantId: string): AccountChanges;
  /** Before an order is begun. Throws `coordination_unavailable` where it would be refused later on anyway. */
  checkOrder(): Promise<void>;
  /** The same at the broker alone, event by event. */
  eventsOf(tenantId: string): AccountEvents;
  /** Lets other replicas have the broker sockets of all tenants; calls under way go on. Never rejects. */
  handOver(): Promise<void>;
  close(): Promise<void>;
};

export type BrokersParts = Basics & {
  readonly metrics: Metrics;
  readonly shared: SharedParts;
  readonly deriveKey: Tenancy['deriveKey'];
  readonly hosts: Readonly<Partial<Record<Environment, BrokerHosts>>>;
  readonly loadGrant: (tenant: Tenant) => Promise<BrokerGrant>;
  /** By its id, enabled or not. */
  readonly findTenant: (id: TenantId) => Promise<TenantRecord | undefined>;
};

export function composeBrokers(parts: BrokersParts): Brokers {
  const { clock, ids, log, metrics, hosts, loadGrant, shared } = parts;
  const { redis, fleet, changes } = shared;
  const basics = { clock, ids, log };
  const limits = openLimits(parts);
  const chains = composeChains(parts);
  const tokens = composeTokenSharing({ ...parts, onBreaker: metrics.broker.loginsStopped });
  const relay = createRelay({ ...basics, fleet, observer: metrics.relay });
  const keepBroker = async (id: string): Promise<void> => {
    const record = await parts.findTenant(id as TenantId);
    if (record?.tenant.status === 'enabled') pool.use(record);
  };
  const events = createEventRelay({ ...basics, fleet, keepBroker, observer: metrics.accountEvents });
  const makeBroker = brokerMaker({
    ...basics,
    hosts,
    relay,
    events,
    isShared: redis !== undefined,
    limits,
    chains,
    tokens,
    changes,
    observer: metrics.broker,
  });
  const pool = createBrokerPool({ makeBroker, loadGrant, clock, log });
  return {
    pool,
    chains,
    changesOf: (id) => withEvents(changes.of(id), events.of(id)),
    checkOrder: limits.checkOrder,
    eventsOf: events.of,
    handOver: relay.handOver,
    async close() {
      events.close();
      await pool.close();
      relay.close();
      chains.close();
      tokens.close();
      await limits.close();
    },
  };
}
