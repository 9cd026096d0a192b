import { onTestFinished } from 'vitest';
import { createMemoryLevel } from '../../src/cache/memory-level.ts';
import { createRedisLevel } from '../../src/cache/redis-level.ts';
import type { SharedLevel } from '../../src/cache/shared-level.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { createRedisChannels } from '../../src/fleet/redis-channels.ts';
import type { RedisConnection } from '../../src/redis/connect.ts';
import { eventually } from './eventually.ts';
import { twoOnCluster, twoRedis } from './two-redis.ts';

/** One shared level, as this many replicas see it, who hear each other. Closed with the test. */
export type OpenLevels = (replicas: number) => Promise<readonly SharedLevel[]>;

async function inProcess(replicas: number): Promise<readonly SharedLevel[]> {
  const level = createMemoryLevel(systemClock, 1000);
  onTestFinished(() => level.close());
  return Array.from({ length: replicas }, () => level);
}

/** One replica's, over this connection. */
export async function openRedisLevel(redis: RedisConnection): Promise<SharedLevel> {
  const level = createRedisLevel({ redis, channels: createRedisChannels(redis), clock: systemClock, log: silentLog });
  onTestFinished(() => level.close());
  let isUp = false;
  const leave = level.watch({ changed() {}, linked: (next) => (isUp = next) });
  await eventually(() => isUp, 10_000);
  leave();
  return level;
}

const over =
  (connections: () => readonly RedisConnection[]): OpenLevels =>
  (replicas) => {
    const all = connections();
    return Promise.all(
      Array.from({ length: replicas }, (_, n) => openRedisLevel(all[n % all.length] as RedisConnection)),
    );
  };

/** The implementations of the shared level; for the head of a test file. */
export function sharedLevels(): [string, OpenLevels][] {
  return [
    ['in process', inProcess],
    ['on Redis', over(twoRedis())],
    ['on a cluster', over(twoOnCluster())],
  ];
}
