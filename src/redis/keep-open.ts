import type { Clock } from '../core/clock.ts';
import type { RedisClient } from './open-client.ts';

const REOPEN_MS = 50;

/** A connection that is there until it is closed. */
export type KeptClient = {
  readonly client: RedisClient;
  /** Idempotent. */
  close(): void;
};

/**
 * ioredis ends a connection for good when it is dropped while the Sentinels are asked where the master is, as in the middle of
 * a failover: whoever drops one so that another is made, as ioredis itself does when it hears of a new master, would be left
 * with none.
 */
export function keepOpen(client: RedisClient, clock: Clock): KeptClient {
  let isClosed = false;
  const reopen = (): void => {
    if (!isClosed) client.connect().catch(() => {});
  };
  client.on('end', () => {
    if (!isClosed) clock.after(REOPEN_MS, reopen);
  });
  return {
    client,
    close() {
      isClosed = true;
      client.disconnect();
    },
  };
}
