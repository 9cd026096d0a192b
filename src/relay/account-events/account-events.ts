import type { AccountEvents } from '../../broker/model/account-event.ts';
import { TenantEvents } from './tenant-events.ts';
import type { EventSource, TenantEventsParts } from './tenant-events.ts';

export type EventRelayParts = Omit<TenantEventsParts, 'owner' | 'keepBroker'> & {
  /** By the tenant's id. */
  readonly keepBroker: (owner: string) => Promise<void>;
};

/** The account events of all tenants, as this replica has part in them. Each is under its tenant's id, and meets no other. */
export type EventRelay = {
  of(owner: string): AccountEvents;
  /** For a broker connection of a tenant, as long as it is there. */
  attach(owner: string, source: EventSource): { close(): Promise<void> };
  /** Its listeners hear nothing more. Idempotent. */
  close(): void;
};

export function createEventRelay(parts: EventRelayParts): EventRelay {
  const tenants = new Map<string, TenantEvents>();
  let isClosed = false;

  function open(owner: string): TenantEvents {
    for (const [other, events] of tenants) if (events.isIdle) tenants.delete(other);
    const events = new TenantEvents({ ...parts, owner, keepBroker: () => parts.keepBroker(owner) });
    if (isClosed) events.close();
    tenants.set(owner, events);
    return events;
  }
  const of = (owner: string): TenantEvents => tenants.get(owner) ?? open(owner);
  return {
    of: (owner) => ({
      follow: (listener) => of(owner).follow(listener),
      after: (id, limit) => of(owner).after(id, limit),
    }),
    attach: (owner, source) => of(owner).attach(source),
    close() {
      isClosed = true;
      for (const events of tenants.values()) events.close();
    },
  };
}
