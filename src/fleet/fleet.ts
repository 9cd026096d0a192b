import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { RedisConnection } from '../redis/connect.ts';
import type { Channels } from './channels.ts';
import type { Journal } from './journal.ts';
import type { Leases } from './leases.ts';
import { createMemoryChannels } from './memory-channels.ts';
import { createMemoryJournal } from './memory-journal.ts';
import { createMemoryLeases } from './memory-leases.ts';
import { createMemoryRecords } from './memory-records.ts';
import { createMemoryShelves } from './memory-shelves.ts';
import type { Records } from './records.ts';
import { createRedisChannels } from './redis-channels.ts';
import { createRedisJournal } from './redis-journal.ts';
import { createRedisLeases } from './redis-leases.ts';
import { createRedisRecords } from './redis-records.ts';
import { createRedisShelves } from './redis-shelves.ts';
import type { Shelves } from './shelves.ts';

/** What the replicas of one gateway have in common. Nothing of it must last. */
export type Fleet = {
  /** This process, among its like; another one each time it starts. */
  readonly replica: string;
  readonly leases: Leases;
  readonly channels: Channels;
  readonly records: Records;
  readonly journal: Journal;
  readonly shelves: Shelves;
  /** Whether what is shared cannot be reached at the moment: then every replica is on its own. */
  readonly isAway: boolean;
  /** Told of each time that it goes away or comes back. Returns how to stop listening. */
  onPresence(listener: (isAway: boolean) => void): () => void;
  close(): void;
};

export type FleetParts = { readonly redis?: RedisConnection; readonly clock: Clock; readonly ids: IdSource };

/** Over Redis, or within this process where there is none. Whose Redis it is closes it. */
export function createFleet({ redis, clock, ids }: FleetParts): Fleet {
  const replica = ids.uuid();
  if (redis === undefined) return createLonelyFleet(replica, clock);
  return {
    replica,
    leases: createRedisLeases(redis, clock),
    channels: createRedisChannels(redis),
    records: createRedisRecords(redis),
    journal: createRedisJournal(redis, clock),
    shelves: createRedisShelves(redis),
    get isAway() {
      return redis.isAway;
    },
    onPresence: (listener) => redis.onPresence(listener),
    close() {},
  };
}

function createLonelyFleet(replica: string, clock: Clock): Fleet {
  const records = createMemoryRecords(clock);
  const journal = createMemoryJournal(clock);
  return {
    replica,
    leases: createMemoryLeases(clock),
    channels: createMemoryChannels(),
    records,
    journal,
    shelves: createMemoryShelves(clock),
    isAway: false,
    onPresence: () => () => {},
    close() {
      records.close();
      journal.close();
    },
  };
}
