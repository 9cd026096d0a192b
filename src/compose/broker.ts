import { attachEvents } from './account-events.ts';
import type { Limits } from './limits.ts';
import type { Environment } from '../broker/broker.ts';
import { ACCOUNT_PARTS } from '../broker/model/account-change.ts';
import { shareAccountReads } from '../broker/share-account-reads.ts';
import { tellOrderWrites } from '../broker/tell-order-writes.ts';
import { createTastytradeBroker } from '../broker/tastytrade/create-broker.ts';
import type { BrokerHosts, SharedValues, Upstream, UpstreamObserver } from '../broker/upstream.ts';
import type { ReferenceCache } from '../cache/reference-cache.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { TokenSharing } from '../relay/tokens/share-tokens.ts';
import type { ChangeRelay } from '../relay/account-changes.ts';
import type { EventRelay } from '../relay/account-events/account-events.ts';
import type { Relay } from '../relay/relay.ts';
import type { TenantDuty } from '../relay/tenant-duty.ts';
import type { MakeBroker } from '../tenancy/broker-pool.ts';
import type { Tenant } from '../tenancy/tenant.ts';

export type BrokerParts = {
  readonly hosts: Readonly<Partial<Record<Environment, BrokerHosts>>>;
  readonly limits: Pick<Limits, 'of'>;
  readonly chains: Pick<ReferenceCache<SharedValues>, 'through'>;
  readonly tokens: TokenSharing;
  readonly changes: Pick<ChangeRelay, 'tell'>;
  /** Each tenant has one set of sockets over all replicas. */
  readonly relay: Relay;
  readonly events: EventRelay;
  /** Whether there are other replicas to share market data with. */
  readonly isShared: boolean;
  readonly observer: UpstreamObserver;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

function hostsOf(tenant: Tenant, { hosts }: BrokerParts): BrokerHosts {
  const found = hosts[tenant.environment];
  if (found !== undefined) return found;
  throw new GatewayError('reconnect_needed', `This gateway has no ${tenant.environment} broker.`, {
    advice: `Ask the operator to set TASTYTRADE_${tenant.environment.toUpperCase()}_URL.`,
  });
}

function sharedFeedOf({ id }: Tenant, duty: TenantDuty, { relay, isShared }: BrokerParts): Pick<Upstream, 'shareFeed'> {
  return isShared ? { shareFeed: relay.shareFeed(id, duty) } : {};
}

/** Makes the adapter of one tenant: its hosts, its budgets, the chains of its environment, and its part in its sockets. */
export function brokerMaker(parts: BrokerParts): MakeBroker {
  const { chains, limits, tokens, changes, events, relay, observer, clock, ids, log } = parts;
  return (tenant, loadGrant, credentialsVersion) => {
    const duty = relay.openDuty(tenant.id);
    const direct = createTastytradeBroker({
      environment: tenant.environment,
      hosts: hostsOf(tenant, parts),
      ...sharedFeedOf(tenant, duty, parts),
      loadGrant,
      tokens: tokens.of({ tenantId: tenant.id, environment: tenant.environment, credentialsVersion }),
      ...limits.of(tenant),
      chains: { through: (key, load) => chains.through({ ...key, environment: tenant.environment }, load) },
      observer,
      clock,
      ids,
      log: log.with({ tenant: tenant.name }),
    });
    const broker = tellOrderWrites(
      shareAccountReads(direct),
      // An order may move everything of its account: buying power at once, the rest when it fills.
      (account) => changes.tell(tenant.id, { account, parts: ACCOUNT_PARTS }),
    );
    return attachEvents(broker, { events, tenant, duty, direct });
  };
}
