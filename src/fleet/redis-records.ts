import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import type { RecordName, Records } from './records.ts';

/** In Redis, for all replicas. */
export function createRedisRecords(redis: RedisConnection): Records {
  const keyOf = ({ kind, owner, part }: RecordName): string =>
    redisKey('record', owner, kind, ...(part === undefined ? [] : [part]));
  return {
    async get(name, { extendMs } = {}) {
      const key = keyOf(name);
      const text = await redis.ask((client) =>
        extendMs === undefined ? client.get(key) : client.getex(key, 'PX', extendMs),
      );
      return text ?? undefined;
    },
    async set(name, text, ttlMs) {
      await redis.ask((client) => client.set(keyOf(name), text, 'PX', ttlMs));
    },
    replace: async (name, text) =>
      (await redis.ask((client) => client.set(keyOf(name), text, 'KEEPTTL', 'XX'))) === 'OK',
    setOnce: async (name, text, ttlMs) =>
      (await redis.ask((client) => client.set(keyOf(name), text, 'PX', ttlMs, 'NX'))) === 'OK',
    async remove(name) {
      await redis.ask((client) => client.del(keyOf(name)));
    },
  };
}
