import type { Broker } from '../broker/broker.ts';
import type { TastytradeBroker } from '../broker/tastytrade/create-broker.ts';
import type { EventRelay } from '../relay/account-events/account-events.ts';
import type { TenantDuty } from '../relay/tenant-duty.ts';
import { usableAccounts } from '../tenancy/choose-account.ts';
import type { Tenant } from '../tenancy/tenant.ts';

export type AttachedParts = {
  readonly events: EventRelay;
  readonly tenant: Tenant;
  readonly duty: TenantDuty;
  /** Whose stream and orders are read. */
  readonly direct: TastytradeBroker;
};

/** The same broker, through which its tenant's account events are heard until it is closed. */
export function attachEvents(broker: Broker, { events, tenant, duty, direct }: AttachedParts): Broker {
  const attached = events.attach(tenant.id, {
    duty,
    streamer: direct.accountStreamer,
    orders: { live: direct.orders.live, past: direct.history.orders },
    async accounts(options) {
      const usable = usableAccounts(await direct.accounts.list(options), tenant);
      return usable.filter(({ isClosed }) => !isClosed).map(({ number }) => number);
    },
  });
  return {
    ...broker,
    async close() {
      await Promise.all([attached.close(), broker.close()]);
    },
  };
}
