import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { createScript } from '../redis/script.ts';
import type { ShelfName, Shelves } from './shelves.ts';

/** One hash of texts, and beside it when each was put. */
const PUT = createScript(`
local was = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[3] == '' then
  if was then return 0 end
elseif was ~= ARGV[4] then
  return 0
end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], tonumber(time[1]) * 1000000 + tonumber(time[2]), ARGV[1])
while redis.call('ZCARD', KEYS[2]) > tonumber(ARGV[6]) do
  redis.call('HDEL', KEYS[1], redis.call('ZPOPMIN', KEYS[2])[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
`);

/** In Redis, for all replicas. */
export function createRedisShelves(redis: RedisConnection): Shelves {
  const texts = ({ kind, owner }: ShelfName): string => redisKey('shelf', owner, kind);
  const order = ({ kind, owner }: ShelfName): string => redisKey('shelf', owner, kind, 'order');
  return {
    async get(shelf, part) {
      return (await redis.ask((client) => client.hget(texts(shelf), part))) ?? undefined;
    },
    async put(shelf, part, text, { most, ttlMs, ifWas }) {
      const keys = [texts(shelf), order(shelf)];
      const args = [part, text, ifWas === undefined ? '' : 'if', ifWas ?? '', ttlMs, most];
      return (await redis.ask((client) => PUT(client, keys, args))) === 1;
    },
  };
}
