/** The rooms of Redis. Each belongs to one part of the program. */
export type RedisRoom = 'budget' | 'chain' | 'fetch' | 'lease' | 'channel' | 'record' | 'journal' | 'shelf';

/**
 * The only maker of Redis keys: `tg:room:{owner}:part:part`. Whatever belongs to one owner (a tenant, a session, a chain) has the
 * same hash tag, so that a script finds all of it in one slot of a cluster. What comes from outside cannot break out of its part.
 */
export function redisKey(room: RedisRoom, owner: string, ...parts: readonly string[]): string {
  return ['tg', room, `{${encodeURIComponent(owner)}}`, ...parts.map(encodeURIComponent)].join(':');
}

/** With which all keys of a room begin. */
export const redisRoomPrefix = (room: RedisRoom): string => `tg:${room}:`;

/** What `redisKey` made this key of; `undefined` for a text that it did not make for this room. */
export function readRedisKey(room: RedisRoom, key: string): { owner: string; parts: readonly string[] } | undefined {
  const [owner, ...parts] = key.slice(redisRoomPrefix(room).length).split(':');
  const tagged = /^\{([^{}]+)\}$/u.exec(owner ?? '')?.[1];
  if (tagged === undefined || !key.startsWith(redisRoomPrefix(room))) return undefined;
  try {
    return { owner: decodeURIComponent(tagged), parts: parts.map(decodeURIComponent) };
  } catch {
    return undefined;
  }
}
