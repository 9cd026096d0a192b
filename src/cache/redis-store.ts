import { Buffer } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Log } from '../core/log.ts';
import type { RedisConnection } from '../redis/connect.ts';
import type { CacheStore } from './reference-cache.ts';

const compress = promisify(gzip);
const expand = promisify(gunzip);
const MAX_EXPANDED_BYTES = 64 * 1024 * 1024;

/** Keeps compressed text in Redis. Whatever goes wrong there, or in what was kept, is a miss. */
export function createRedisStore(redis: RedisConnection, log: Log): CacheStore {
  return {
    async get(key) {
      try {
        const packed = await redis.client.getBuffer(key);
        if (packed === null) return undefined;
        return (await expand(packed, { maxOutputLength: MAX_EXPANDED_BYTES })).toString('utf8');
      } catch (error) {
        log.warn({ error }, 'The shared cache could not be read');
        return undefined;
      }
    },
    async set(key, text, ttlMs) {
      try {
        await redis.client.set(key, await compress(Buffer.from(text)), 'PX', ttlMs);
      } catch (error) {
        log.warn({ error }, 'The shared cache could not be written');
      }
    },
  };
}
