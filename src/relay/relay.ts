import type { ShareFeed } from '../broker/quotes/market-feed.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createPulse } from '../fleet/pulse.ts';
import { createDuties } from './duties.ts';
import { FleetFeed } from './feed/fleet-feed.ts';
import type { RelayObserver } from './feed/relay-observer.ts';
import type { DutyObserver, TenantDuty } from './tenant-duty.ts';

/** What the replicas of a gateway do for each other's tenants. */
export type Relay = {
  /** The one right to a tenant's sockets, for one broker: its market data and its account events share it. */
  openDuty(tenant: string): TenantDuty;
  /** Market data over the one socket that belongs to this duty. */
  shareFeed(tenant: string, duty: TenantDuty): ShareFeed;
  /** Lets other replicas have the sockets of all tenants, and goes on as one that follows them. Idempotent, never rejects. */
  handOver(): Promise<void>;
  /** For after the brokers have been closed. */
  close(): void;
};

export type RelayParts = {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: RelayObserver & DutyObserver;
};

export function createRelay({ fleet, clock, ids, log, observer }: RelayParts): Relay {
  const pulse = createPulse(clock);
  const duties = createDuties({ fleet, pulse, clock, ids, log, observer });
  return {
    openDuty: duties.open,
    shareFeed: (tenant, duty) => (openOwn) => (listener) =>
      new FleetFeed({ tenant, duty, openOwn, listener, channels: fleet.channels, pulse, clock, ids, observer }),
    handOver: duties.handOver,
    close: () => pulse.close(),
  };
}
