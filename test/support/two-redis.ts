import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { type RedisConnection, connectRedis } from '../../src/redis/connect.ts';

/** Two replicas' connections to the Redis of this run, open for the tests of one file. */
export function twoRedis(): () => readonly [RedisConnection, RedisConnection] {
  let opened: [RedisConnection, RedisConnection] | undefined;
  beforeAll(async () => {
    const connect = () => connectRedis(inject('redisUrl'), { log: silentLog, clock: systemClock });
    opened = [connect(), connect()];
    for (const one of opened) await vi.waitFor(async () => expect(await one.healthy()).toBe(true));
  });
  afterAll(async () => {
    await Promise.all((opened ?? []).map((one) => one.close()));
  });
  return () => {
    if (opened === undefined) throw new Error('Redis is opened before the first test');
    return opened;
  };
}

/** A connection to where nothing listens. */
export const redisAway = (): RedisConnection =>
  connectRedis('redis://127.0.0.1:1', { log: silentLog, clock: systemClock });
