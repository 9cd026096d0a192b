import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { RedisClient } from './open-client.ts';

/** A script that runs in one step on the server. All its keys share one hash tag. */
export type RedisScript = (
  client: RedisClient,
  keys: readonly string[],
  args: readonly (string | number | Buffer)[],
) => Promise<unknown>;

/** Sends the digest of the script, and the text itself to a server that does not know it yet. */
export function createScript(lua: string): RedisScript {
  const digest = createHash('sha1').update(lua).digest('hex');
  return async (client, keys, args) => {
    const rest = [...keys, ...args].map((part) => (typeof part === 'number' ? String(part) : part));
    try {
      return await client.evalsha(digest, keys.length, ...rest);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return client.eval(lua, keys.length, ...rest);
    }
  };
}
