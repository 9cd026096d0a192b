import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { BudgetCounter } from '../../../src/limits/limiter.ts';
import { createMemoryCounter } from '../../../src/limits/memory-counter.ts';
import { createRedisCounter } from '../../../src/limits/redis-counter.ts';
import { type RedisConnection, connectRedis } from '../../../src/redis/connect.ts';

let connections: RedisConnection[];

beforeAll(async () => {
  connections = [0, 1].map(() => connectRedis(inject('redisUrl'), { log: silentLog, clock: systemClock }));
  for (const connection of connections) {
    await vi.waitFor(async () => expect(await connection.healthy()).toBe(true));
  }
});

afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
});

const implementations: [string, () => BudgetCounter][] = [
  ['in process', createMemoryCounter],
  ['on Redis', () => createRedisCounter(connections[0] as RedisConnection)],
];

describe.each(implementations)('budget counter %s', (_name, create) => {
  it('grants a budget within one second, then says how long to wait', async () => {
    const counter = create();
    const budget = { key: randomUUID(), perSecond: 5 };
    const answers = await Promise.all(Array.from({ length: 12 }, () => counter.consume(budget)));
    expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(5);
    expect(Math.max(...answers)).toBeLessThanOrEqual(1000);
  });

  it('keeps keys apart, and rates of one key', async () => {
    const counter = create();
    const [a, b] = [randomUUID(), randomUUID()];
    expect(await counter.consume({ key: a, perSecond: 1 })).toBe(0);
    expect(await counter.consume({ key: a, perSecond: 1 })).toBeGreaterThan(0);
    expect(await counter.consume({ key: b, perSecond: 1 })).toBe(0);
  });

  it('grants again when the wait that it told is over', async () => {
    const counter = create();
    const budget = { key: randomUUID(), perSecond: 1 };
    await counter.consume(budget);
    const waitMs = await counter.consume(budget);
    await new Promise((resolve) => setTimeout(resolve, waitMs + 20));
    expect(await counter.consume(budget)).toBe(0);
  });
});

describe('on Redis', () => {
  it('counts for two replicas together', async () => {
    const counters = connections.map((connection) => createRedisCounter(connection));
    const budget = { key: randomUUID(), perSecond: 4 };
    const asked = Array.from({ length: 5 }, () => counters.map((counter) => counter.consume(budget)));
    const answers = await Promise.all(asked.flat());
    expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(4);
  });

  it('goes on counting in process while Redis is away', async () => {
    const away = connectRedis('redis://127.0.0.1:1', { log: silentLog, clock: systemClock });
    const counter = createRedisCounter(away);
    const answers = await Promise.all(Array.from({ length: 6 }, () => counter.consume({ key: 'away', perSecond: 2 })));
    expect(answers.filter((waitMs) => waitMs === 0)).toHaveLength(2);
    await away.close();
  });
});
