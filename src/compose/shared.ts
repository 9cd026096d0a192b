import type { Basics } from './tenancy.ts';
import { type Fleet, createFleet } from '../fleet/fleet.ts';
import { type RedisConnection, connectRedis } from '../redis/connect.ts';

/** What this replica has in common with the others: through Redis where there is one, else within this process. */
export type SharedParts = {
  readonly redis?: RedisConnection;
  readonly fleet: Fleet;
  close(): Promise<void>;
};

/** For a program that is one of a kind: one person's own. */
export function openAlone({ clock, ids }: Pick<Basics, 'clock' | 'ids'>): SharedParts {
  const fleet = createFleet({ clock, ids });
  return { fleet, close: async () => fleet.close() };
}

export function openShared({ config, clock, ids, log }: Basics): SharedParts {
  if (config.redisUrl === undefined) return openAlone({ clock, ids });
  const redis = connectRedis(config.redisUrl, { log, clock });
  return { redis, fleet: createFleet({ redis, clock, ids }), close: () => redis.close() };
}
