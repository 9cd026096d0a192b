import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { createScript } from '../redis/script.ts';
import type { RecordName, Records } from './records.ts';

const READ = createScript(`
local text = redis.call('GET', KEYS[1])
if not text then return false end
return { text, redis.call('PTTL', KEYS[1]) }
`);
/** ARGV: whether something is there before, what; whether something comes next, what, for how long. */
const SWAP = createScript(`
local text = redis.call('GET', KEYS[1])
if ARGV[1] == '1' then
  if text ~= ARGV[2] then return 0 end
elseif text then
  return 0
end
if ARGV[3] == '1' then
  redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
else
  redis.call('DEL', KEYS[1])
end
return 1
`);

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
    async read(name) {
      const found = await redis.ask((client) => READ(client, [keyOf(name)], []));
      if (!Array.isArray(found)) return undefined;
      const [text, leftMs] = found as [string, number];
      return { text, leftMs: Math.max(0, leftMs) };
    },
    async set(name, text, ttlMs) {
      await redis.ask((client) => client.set(keyOf(name), text, 'PX', ttlMs));
    },
    replace: async (name, text) =>
      (await redis.ask((client) => client.set(keyOf(name), text, 'KEEPTTL', 'XX'))) === 'OK',
    setOnce: async (name, text, ttlMs) =>
      (await redis.ask((client) => client.set(keyOf(name), text, 'PX', ttlMs, 'NX'))) === 'OK',
    async swap(name, before, next) {
      const expected = before === undefined ? [0, ''] : [1, before];
      const wanted = next === undefined ? [0, '', 0] : [1, next.text, next.ttlMs];
      return (await redis.ask((client) => SWAP(client, [keyOf(name)], [...expected, ...wanted]))) === 1;
    },
    async remove(name) {
      await redis.ask((client) => client.del(keyOf(name)));
    },
  };
}
