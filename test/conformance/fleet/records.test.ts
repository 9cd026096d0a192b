import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createMemoryRecords } from '../../../src/fleet/memory-records.ts';
import type { Records } from '../../../src/fleet/records.ts';
import { createRedisRecords } from '../../../src/fleet/redis-records.ts';
import { redisAway, twoOnCluster, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const cluster = twoOnCluster();

const implementations: [string, () => readonly [Records, Records]][] = [
  [
    'in process',
    () => {
      const records = createMemoryRecords(systemClock);
      return [records, records];
    },
  ],
  [
    'on Redis',
    () => {
      const [a, b] = redis();
      return [createRedisRecords(a), createRedisRecords(b)];
    },
  ],
  [
    'on a cluster',
    () => {
      const [a, b] = cluster();
      return [createRedisRecords(a), createRedisRecords(b)];
    },
  ],
];

const fresh = () => ({ kind: 'session', owner: randomUUID() });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(implementations)('records %s', (_name, create) => {
  it('are seen by all until they are removed', async () => {
    const [one, other] = create();
    const name = fresh();
    expect(await other.get(name)).toBeUndefined();
    await one.set(name, 'first', 60_000);
    expect(await other.get(name)).toBe('first');
    await other.set(name, 'second', 60_000);
    expect(await one.get(name)).toBe('second');
    await one.remove(name);
    expect(await other.get(name)).toBeUndefined();
  });

  it('end by themselves, unless their life is renewed', async () => {
    const [one, other] = create();
    const [mortal, renewed] = [fresh(), fresh()];
    await one.set(mortal, 'x', 300);
    await one.set(renewed, 'x', 300);
    expect(await other.get(renewed, { extendMs: 60_000 })).toBe('x');
    await pause(350);
    expect(await one.get(mortal)).toBeUndefined();
    expect(await one.get(renewed)).toBe('x');
  });

  it('are changed only while they live, and live no longer for it', async () => {
    const [one, other] = create();
    const name = fresh();
    expect(await one.replace(name, 'late')).toBe(false);
    expect(await one.get(name)).toBeUndefined();
    await one.set(name, 'before', 300);
    expect(await other.replace(name, 'after')).toBe(true);
    expect(await one.get(name)).toBe('after');
    await pause(350);
    expect(await one.get(name)).toBeUndefined();
  });

  it('are set once by one of many, and again when they have ended', async () => {
    const both = create();
    const name = fresh();
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => (both[n % 2] as Records).setOnce(name, `${n}`, 300)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    await pause(350);
    expect(await both[0].setOnce(name, 'again', 300)).toBe(true);
  });

  it('tell what is left of their life', async () => {
    const [one, other] = create();
    const name = fresh();
    expect(await one.read(name)).toBeUndefined();
    await one.set(name, 'x', 500);
    await pause(100);
    const found = await other.read(name);
    expect(found?.text).toBe('x');
    expect(found?.leftMs).toBeGreaterThan(0);
    expect(found?.leftMs).toBeLessThanOrEqual(405);
    await pause(450);
    expect(await one.read(name)).toBeUndefined();
  });

  it('are swapped only from what the one who swaps has seen', async () => {
    const [one, other] = create();
    const name = fresh();
    const next = (text: string) => ({ text, ttlMs: 60_000 });
    expect(await one.swap(name, 'x', next('a'))).toBe(false);
    expect(await one.swap(name, undefined, next(''))).toBe(true);
    expect(await other.swap(name, undefined, next('b'))).toBe(false);
    expect(await other.swap(name, '', next('b'))).toBe(true);
    expect(await one.swap(name, '', undefined)).toBe(false);
    expect(await one.get(name)).toBe('b');
    expect(await one.swap(name, 'b', { text: 'c', ttlMs: 300 })).toBe(true);
    await pause(350);
    expect(await other.get(name)).toBeUndefined();
    expect(await other.swap(name, undefined, next('d'))).toBe(true);
    expect(await other.swap(name, 'd', undefined)).toBe(true);
    expect(await one.get(name)).toBeUndefined();
  });

  it('are swapped by one of many', async () => {
    const both = create();
    const name = fresh();
    await both[0].set(name, 'start', 60_000);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (both[n % 2] as Records).swap(name, 'start', { text: `${n}`, ttlMs: 60_000 }),
      ),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await both[1].get(name)).toBe(`${answers.indexOf(true)}`);
  });

  it('keep kinds, owners and parts apart', async () => {
    const [one] = create();
    const { owner } = fresh();
    const names = [
      { kind: 'a', owner },
      { kind: 'b', owner },
      { kind: 'a', owner, part: 'b' },
      { kind: 'a', owner: `${owner}:b` },
      { kind: 'a:b', owner },
    ];
    for (const [n, name] of names.entries()) await one.set(name, `${n}`, 60_000);
    expect(await Promise.all(names.map((name) => one.get(name)))).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('records on Redis', () => {
  it('say that they cannot be reached', async () => {
    const away = redisAway();
    await expect(createRedisRecords(away).get(fresh())).rejects.toMatchObject({ code: 'coordination_unavailable' });
    await away.close();
  });
});
