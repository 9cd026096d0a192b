import type { Basics } from './tenancy.ts';
import { type Fleet, createFleet } from '../fleet/fleet.ts';
import { type ChangeRelay, createChangeRelay } from '../relay/account-changes.ts';
import { type RedisConnection, connectRedis } from '../redis/connect.ts';

/** What this replica has in common with the others: through Redis where there is one, else within this process. */
export type SharedParts = {
  readonly redis?: RedisConnection;
  readonly fleet: Fleet;
  readonly changes: ChangeRelay;
  close(): Promise<void>;
};

/** For a program that is one of a kind: one person's own. */
export function openAlone({ clock, ids, log }: Pick<Basics, 'clock' | 'ids' | 'log'>): SharedParts {
  const fleet = createFleet({ clock, ids });
  const changes = createChangeRelay({ fleet, clock, log });
  return {
    fleet,
    changes,
    async close() {
      changes.close();
      fleet.close();
    },
  };
}

export function openShared({ config, clock, ids, log }: Basics): SharedParts {
  if (config.redisUrl === undefined) return openAlone({ clock, ids, log });
  const redis = connectRedis(config.redisUrl, { log, clock });
  const fleet = createFleet({ redis, clock, ids });
  const changes = createChangeRelay({ fleet, clock, log });
  return {
    redis,
    fleet,
    changes,
    async close() {
      changes.close();
      await redis.close();
    },
  };
}
