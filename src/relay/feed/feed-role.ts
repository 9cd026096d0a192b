import type { Wanted } from '../../broker/broker.ts';
import type { FeedListener, FeedRun } from '../../broker/quotes/market-feed.ts';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Channels } from '../../fleet/channels.ts';
import type { Pulse } from '../../fleet/pulse.ts';
import type { TenantDuty } from '../tenant-duty.ts';
import type { RelayObserver } from './relay-observer.ts';
import type { WantedSet } from './wanted-set.ts';

/** One of the two ways in which a replica comes by a tenant's market data: by its own socket, or through another replica. */
export type FeedRole = {
  /** False when there is no room for more. */
  add(wanted: Wanted): boolean;
  remove(wanted: Wanted): void;
  run(): FeedRun | undefined;
  /** Says nothing more from this moment. Idempotent, bounded to a second. */
  close(): Promise<void>;
};

/** The highest epoch that this replica has seen of a tenant. */
export type EpochWatch = { highest: number };

export type RoleParts = {
  readonly tenant: string;
  readonly channels: Channels;
  readonly duty: Pick<TenantDuty, 'isHeld' | 'leftMs' | 'maySpeak' | 'heard' | 'overtaken'>;
  readonly epochs: EpochWatch;
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Who reads here. */
  readonly listener: FeedListener;
  /** What is wanted here; only read. */
  readonly wanted: WantedSet;
  readonly observer: RelayObserver;
};
