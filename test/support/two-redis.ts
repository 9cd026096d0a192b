import { afterAll, beforeAll, expect, inject, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { type RedisConnection, connectRedis } from '../../src/redis/connect.ts';
import { type RedisServer, startRedisServer } from './processes/redis-server.ts';
import { startRedisCluster } from './redis-cluster.ts';

/** Two replicas' connections to the Redis of this run, open for the tests of one file. */
export const twoRedis = (): (() => readonly [RedisConnection, RedisConnection]) => openTwo(() => inject('redisUrl'));

function openTwo(urlOf: () => string): () => readonly [RedisConnection, RedisConnection] {
  let opened: [RedisConnection, RedisConnection] | undefined;
  beforeAll(async () => {
    const connect = () => connectRedis(urlOf(), { log: silentLog, clock: systemClock });
    opened = [connect(), connect()];
    for (const one of opened) await vi.waitFor(async () => expect(await one.healthy()).toBe(true), { timeout: 10_000 });
  });
  afterAll(async () => {
    await Promise.all((opened ?? []).map((one) => one.close()));
  });
  return () => {
    if (opened === undefined) throw new Error('Redis is opened before the first test');
    return opened;
  };
}

/** Two replicas' connections to a Redis of this file's own, for tests that break connections. */
export function twoOnOwnRedis(): () => readonly [RedisConnection, RedisConnection] {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedisServer();
  });
  const both = openTwo(() => server?.url ?? '');
  afterAll(() => server?.stop());
  return both;
}

/** Two replicas' connections to a cluster of this file's own. */
export function twoOnCluster(): () => readonly [RedisConnection, RedisConnection] {
  let url = '';
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    ({ url, stop } = await startRedisCluster());
  });
  const both = openTwo(() => url);
  afterAll(() => stop());
  return both;
}

/** A connection to where nothing listens. */
export const redisAway = (): RedisConnection =>
  connectRedis('redis://127.0.0.1:1', { log: silentLog, clock: systemClock });
