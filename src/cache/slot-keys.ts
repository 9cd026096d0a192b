import { readRedisKey, redisKey } from '../redis/keys.ts';
import type { Slot } from './reference-key.ts';

/** Part of every key: replicas of two releases that pack differently do not read, or remove, each other's. */
const FORMAT = '1';

/** Where the value is. Changes of this room are heard by all. */
export const valueKey = ({ id, date }: Slot): string => redisKey('chain', id, date, FORMAT);

/** Where it is said who loads it. */
export const stateKey = ({ id, date }: Slot): string => redisKey('fetch', id, date, FORMAT);

/** Of the key of a value; `undefined` for any other. */
export function slotOf(key: string): Slot | undefined {
  const made = readRedisKey('chain', key);
  const [date, format] = made?.parts ?? [];
  return made === undefined || date === undefined || format !== FORMAT ? undefined : { id: made.owner, date };
}
