import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createRedisStore } from '../../../src/cache/redis-store.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type RedisConnection, connectRedis } from '../../../src/redis/connect.ts';

let connection: RedisConnection;

beforeAll(async () => {
  connection = connectRedis(inject('redisUrl'), { log: silentLog, clock: systemClock });
  await vi.waitFor(async () => expect(await connection.healthy()).toBe(true));
});

afterAll(async () => {
  await connection.close();
});

describe('cache store on Redis', () => {
  it('gives back what was set, compressed on the way', async () => {
    const store = createRedisStore(connection, silentLog);
    const key = randomUUID();
    const text = JSON.stringify({ strikes: Array.from({ length: 500 }, (_, n) => `SPY ${n}`) });
    await store.set(key, text, 60_000);
    expect(await store.get(key)).toBe(text);
    expect(await connection.client.strlen(key)).toBeLessThan(text.length / 2);
    expect(await connection.client.pttl(key)).toBeGreaterThan(0);
  });

  it('misses what is absent, corrupt, or out of reach', async () => {
    const store = createRedisStore(connection, silentLog);
    const key = randomUUID();
    expect(await store.get(key)).toBeUndefined();
    await connection.client.set(key, 'not gzip');
    expect(await store.get(key)).toBeUndefined();
    const away = connectRedis('redis://127.0.0.1:1', { log: silentLog, clock: systemClock });
    const unreachable = createRedisStore(away, silentLog);
    await unreachable.set(key, 'text', 1000);
    expect(await unreachable.get(key)).toBeUndefined();
    await away.close();
  });
});
