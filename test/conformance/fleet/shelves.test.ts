import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createMemoryShelves } from '../../../src/fleet/memory-shelves.ts';
import { createRedisShelves } from '../../../src/fleet/redis-shelves.ts';
import type { Shelves } from '../../../src/fleet/shelves.ts';
import { redisAway, twoOnCluster, twoRedis } from '../../support/two-redis.ts';

const redis = twoRedis();
const cluster = twoOnCluster();

const implementations: [string, () => readonly [Shelves, Shelves]][] = [
  [
    'in process',
    () => {
      const shelves = createMemoryShelves(systemClock);
      return [shelves, shelves];
    },
  ],
  [
    'on Redis',
    () => {
      const [a, b] = redis();
      return [createRedisShelves(a), createRedisShelves(b)];
    },
  ],
  [
    'on a cluster',
    () => {
      const [a, b] = cluster();
      return [createRedisShelves(a), createRedisShelves(b)];
    },
  ],
];

const fresh = () => ({ kind: 'session', owner: randomUUID() });
const ROOM = { most: 3, ttlMs: 60_000 };
const NEW = { ...ROOM, ifWas: undefined };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(implementations)('shelves %s', (_name, create) => {
  it('are seen by all', async () => {
    const [one, other] = create();
    const shelf = fresh();
    expect(await other.get(shelf, 'a')).toBeUndefined();
    expect(await one.put(shelf, 'a', 'first "é"\n', NEW)).toBe(true);
    expect(await other.get(shelf, 'a')).toBe('first "é"\n');
    expect(await other.get(fresh(), 'a')).toBeUndefined();
    expect(await other.get({ ...shelf, kind: 'other' }, 'a')).toBeUndefined();
  });

  it('change only what is still as it was seen', async () => {
    const [one, other] = create();
    const shelf = fresh();
    expect(await one.put(shelf, 'a', 'x', { ...ROOM, ifWas: 'before' })).toBe(false);
    expect(await one.put(shelf, 'a', '', NEW)).toBe(true);
    expect(await other.put(shelf, 'a', 'late', NEW)).toBe(false);
    expect(await other.put(shelf, 'a', 'second', { ...ROOM, ifWas: '' })).toBe(true);
    expect(await one.get(shelf, 'a')).toBe('second');
  });

  it('lose no change of many at the same time', async () => {
    const both = create();
    const shelf = fresh();
    const add = async (shelves: Shelves, word: string): Promise<void> => {
      for (;;) {
        const was = await shelves.get(shelf, 'list');
        const text = was === undefined ? word : `${was} ${word}`;
        if (await shelves.put(shelf, 'list', text, { ...ROOM, ifWas: was })) return;
      }
    };
    const words = Array.from({ length: 12 }, (_, n) => `word${n}`);
    await Promise.all(words.map((word, n) => add(both[n % 2] as Shelves, word)));
    expect((await both[0].get(shelf, 'list'))?.split(' ').toSorted()).toEqual(words.toSorted());
  });

  it('drop the text that was put longest ago for one too many', async () => {
    const [one, other] = create();
    const shelf = fresh();
    for (const part of ['a', 'b', 'c']) await one.put(shelf, part, part, NEW);
    await other.put(shelf, 'a', 'a', { ...ROOM, ifWas: 'a' });
    await other.put(shelf, 'd', 'd', NEW);
    const texts = await Promise.all(['a', 'b', 'c', 'd'].map((part) => one.get(shelf, part)));
    expect(texts).toEqual(['a', undefined, 'c', 'd']);
  });

  it('end by themselves, unless something is put', async () => {
    const [one] = create();
    const [mortal, renewed] = [fresh(), fresh()];
    await one.put(mortal, 'a', 'x', { ...NEW, ttlMs: 300 });
    await one.put(renewed, 'a', 'x', { ...NEW, ttlMs: 300 });
    await one.put(renewed, 'b', 'y', NEW);
    await pause(350);
    expect(await one.get(mortal, 'a')).toBeUndefined();
    expect(await one.get(renewed, 'a')).toBe('x');
  });
});

describe('shelves on Redis', () => {
  it('say that they cannot be reached', async () => {
    const away = redisAway();
    await expect(createRedisShelves(away).get(fresh(), 'a')).rejects.toMatchObject({
      code: 'coordination_unavailable',
    });
    await away.close();
  });
});
