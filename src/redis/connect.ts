import { Redis } from 'ioredis';
import type { Log } from '../core/log.ts';

export type RedisConnection = {
  readonly client: Redis;
  /** Answers within a second or is not healthy. */
  healthy(): Promise<boolean>;
  close(): Promise<void>;
};

const COMMAND_TIMEOUT_MS = 1000;
const MAX_RECONNECT_DELAY_MS = 2000;

/** Opens one connection that mends itself. Commands fail at once while it is away: Redis is a cache, never a wait. */
export function connectRedis(url: string, log: Log): RedisConnection {
  const client = new Redis(url, {
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, MAX_RECONNECT_DELAY_MS),
  });
  client.on('error', (error: Error) => log.warn({ error: error.message }, 'Redis connection failed'));
  return {
    client,
    async healthy() {
      return client.ping().then(
        (answer) => answer === 'PONG',
        () => false,
      );
    },
    async close() {
      client.disconnect();
    },
  };
}
