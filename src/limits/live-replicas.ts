import type { Clock } from '../core/clock.ts';
import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { createScript } from '../redis/script.ts';
import type { LimiterObserver } from './limiter-observer.ts';

/** How many replicas share the budgets: at least one, this one. */
export type LiveReplicas = {
  /** As last seen. */
  count(): number;
  /** Told when Redis does not know this replica any more: then it has lost everything, or this one has long been silent. */
  onForgotten(listener: () => void): void;
  /** Leaves: the others count without it. Idempotent, bounded. */
  close(): Promise<void>;
};

const BEAT_MS = 1000;
/** A replica that has not been heard for so long is not counted. */
const SILENT_MS = 3500;

const BEAT = createScript(`
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local isNew = redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { redis.call('ZCARD', KEYS[1]), isNew }
`);

export type LiveReplicasParts = {
  readonly redis: Pick<RedisConnection, 'ask'>;
  readonly replica: string;
  /** How many there are before anybody has been seen. */
  readonly expected: number;
  readonly clock: Clock;
  readonly observer: Pick<LimiterObserver, 'storeCommand' | 'replicas'>;
};

/** Every replica says each second that it lives. While Redis is away the number last seen stands. */
export function createLiveReplicas({ redis, replica, expected, clock, observer }: LiveReplicasParts): LiveReplicas {
  const key = redisKey('budget', 'replicas');
  const listeners = new Set<() => void>();
  let seen = expected;
  let isKnown = false;
  const beat = async (): Promise<void> => {
    observer.storeCommand('beat');
    const answer = await redis.ask((client) => BEAT(client, [key], [replica, SILENT_MS]));
    const [count = 1, isNew = 0] = answer as readonly number[];
    seen = Math.max(1, count);
    observer.replicas(seen);
    if (isKnown && isNew === 1) for (const listener of listeners) listener();
    isKnown = true;
  };
  const beatQuietly = (): void => void beat().catch(() => {});
  const timer = clock.every(BEAT_MS, beatQuietly);
  beatQuietly();
  return {
    count: () => seen,
    onForgotten: (listener) => void listeners.add(listener),
    async close() {
      timer.cancel();
      await redis.ask((client) => client.zrem(key, replica)).catch(() => {});
    },
  };
}
