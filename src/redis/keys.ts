/** The rooms of Redis. Each belongs to one part of the program. */
export type RedisRoom = 'budget' | 'pause' | 'chain' | 'lease' | 'channel' | 'record' | 'journal' | 'feed' | 'session';

/**
 * The only maker of Redis keys: `tg:room:{owner}:part:part`. Whatever belongs to one owner (a tenant, a session, a chain) has the
 * same hash tag, so that a script finds all of it in one slot of a cluster. What comes from outside cannot break out of its part.
 */
export function redisKey(room: RedisRoom, owner: string, ...parts: readonly string[]): string {
  return ['tg', room, `{${encodeURIComponent(owner)}}`, ...parts.map(encodeURIComponent)].join(':');
}
