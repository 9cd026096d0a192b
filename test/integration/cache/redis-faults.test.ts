import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createRedisLevel } from '../../../src/cache/redis-level.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createRedisChannels } from '../../../src/fleet/redis-channels.ts';
import { connectRedis } from '../../../src/redis/connect.ts';
import { equity, openCache } from '../../support/cache-bench.ts';
import { eventually } from '../../support/eventually.ts';
import { startRedisGroup } from '../../support/processes/redis-group.ts';
import { type RedisServer, startRedisServer } from '../../support/processes/redis-server.ts';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

/** A replica with a connection of its own, which hears of changes. */
async function openReplica(url = server.url) {
  const redis = connectRedis(url, { log: silentLog, clock: systemClock });
  const channels = createRedisChannels(redis);
  const level = createRedisLevel({ redis, channels, clock: systemClock, log: silentLog });
  const bench = openCache({ level, clock: systemClock });
  onTestFinished(async () => {
    bench.cache.close();
    await redis.close();
  });
  await eventually(() => bench.links.at(-1) === true, 10_000);
  return { ...bench, redis };
}

const fresh = () => equity(randomUUID());
const neverAgain = () => Promise.reject(new Error('It was loaded already'));
const answers = (n: number) => async () => ({ n });

/** The connections that are told of changes. */
async function trackingLinks(): Promise<readonly string[]> {
  const clients = String(await server.ask('CLIENT', 'LIST')).split('\n');
  return clients.flatMap((line) => (/ flags=\w*B/u.test(line) ? [/^id=(\d+)/u.exec(line)?.[1] ?? ''] : []));
}

/** Commands that Redis was given, those apart that only ask whether it is there, and the question itself. */
async function commandsSoFar(): Promise<number> {
  const stats = String(await server.ask('INFO', 'commandstats'));
  const counts = [...stats.matchAll(/cmdstat_(\S+):calls=(\d+)/gu)];
  return counts.reduce(
    (sum, [, name, calls]) => (/^(?:ping|info|hello|client)/u.test(name ?? '') ? sum : sum + Number(calls)),
    0,
  );
}

const isStored = async ({ symbol }: { readonly symbol: string }): Promise<boolean> =>
  ((await server.ask('KEYS', `tg:chain:*${symbol}*`)) as readonly string[]).length === 1;

describe('a warm chain', () => {
  it('costs Redis nothing, on any replica', async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    const key = fresh();
    await a.cache.through(key, answers(1));
    await eventually(async () => (await b.cache.through(key, neverAgain)).n === 1, 5000);
    await sleep(300);
    const before = await commandsSoFar();
    for (let n = 0; n < 5000; n += 1) await Promise.all([a, b].map(({ cache }) => cache.through(key, neverAgain)));
    expect(await commandsSoFar()).toBe(before);
  });
});

describe('the link that hears of changes', () => {
  it('tells a drop to the others within a moment', async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    const took: number[] = [];
    for (let n = 1; n <= 60; n += 1) {
      const key = fresh();
      await a.cache.through(key, answers(1));
      await eventually(async () => (await b.cache.through(key, neverAgain)).n === 1, 5000);
      const droppedAt = performance.now();
      await a.cache.drop(key);
      while ((await b.cache.through(key, answers(2))).n !== 2) await sleep(1);
      took.push(performance.now() - droppedAt);
    }
    const sorted = took.toSorted((x, y) => x - y);
    // The figure itself is measured by the chaos run: here other tests share the machine.
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
  });

  it('empties the first level when it breaks, and what changes meanwhile is seen', async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    const key = fresh();
    await a.cache.through(key, answers(1));
    await eventually(async () => (await b.cache.through(key, neverAgain)).n === 1, 5000);
    const downs = b.links.length;
    for (const id of await trackingLinks()) await server.ask('CLIENT', 'KILL', 'ID', id);
    await eventually(() => b.links.length > downs, 5000);
    expect(b.links[downs]).toBe(false);
    expect(await b.cache.through(key, neverAgain)).toEqual({ n: 1 });
    expect(b.lookups.at(-1)).toBe('shared');
    await a.cache.drop(key);
    await eventually(async () => (await b.cache.through(key, answers(2))).n === 2, 5000);
    await eventually(() => b.links.at(-1) === true, 5000);
    await a.cache.drop(key);
    await eventually(async () => (await b.cache.through(key, answers(3))).n === 3, 5000);
  });

  it('is not believed while it is silent', async () => {
    const replica = await openReplica();
    const downs = replica.links.length;
    server.freeze();
    try {
      await eventually(() => replica.links.length > downs, 5000);
    } finally {
      server.thaw();
    }
    await eventually(() => replica.links.at(-1) === true, 10_000);
  });

  it('hears that Redis was emptied', async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    const key = fresh();
    await a.cache.through(key, answers(1));
    await eventually(async () => (await b.cache.through(key, neverAgain)).n === 1, 5000);
    await server.ask('FLUSHALL');
    await eventually(async () => (await b.cache.through(key, answers(2))).n === 2, 5000);
  });
});

describe('while Redis is frozen', () => {
  it('each replica serves by itself, and they share again afterwards', async () => {
    const [a, b] = [await openReplica(), await openReplica()];
    const [known, unknown] = [fresh(), fresh()];
    await a.cache.through(known, answers(1));
    await sleep(100);
    server.freeze();
    try {
      const served = await Promise.all(
        [a, b].flatMap(({ cache }) => Array.from({ length: 50 }, () => cache.through(unknown, answers(2)))),
      );
      expect(served.every(({ n }) => n === 2)).toBe(true);
      expect([a, b].map(({ loads }) => loads.at(-1))).toEqual(['alone ok', 'alone ok']);
      await eventually(() => a.links.at(-1) === false && b.links.at(-1) === false, 5000);
      const startedAt = performance.now();
      expect(await a.cache.through(known, answers(3))).toEqual({ n: 3 });
      expect(performance.now() - startedAt).toBeLessThan(1000);
    } finally {
      server.thaw();
    }
    await eventually(() => a.links.at(-1) === true && b.links.at(-1) === true, 10_000);
    await eventually(() => isStored(unknown), 5000);
    const late = await openReplica();
    expect(await late.cache.through(unknown, neverAgain)).toEqual({ n: 2 });
  });
});

describe('when Redis dies and comes back empty', () => {
  it('nothing fails, and what was loaded meanwhile is there for all', async () => {
    const a = await openReplica();
    const key = fresh();
    await a.cache.through(key, answers(1));
    await server.kill();
    try {
      await eventually(() => a.links.at(-1) === false, 5000);
      expect(await a.cache.through(key, answers(2))).toEqual({ n: 2 });
    } finally {
      await server.start();
    }
    await eventually(() => a.links.at(-1) === true, 10_000);
    await eventually(() => isStored(key), 5000);
    const late = await openReplica();
    expect(await late.cache.through(key, neverAgain)).toEqual({ n: 2 });
    expect(a.loads).toEqual(['cold ok', 'alone ok']);
  });
});

describe('behind sentinels', () => {
  it('changes are heard from whoever is the master, also after a failover', async () => {
    const group = await startRedisGroup('sentinel');
    onTestFinished(() => group.stop());
    const [a, b] = [await openReplica(group.url), await openReplica(group.url)];
    const key = fresh();
    await a.cache.through(key, answers(1));
    await eventually(async () => (await b.cache.through(key, neverAgain)).n === 1, 5000);
    const downs = b.links.length;
    await (await group.master()).kill();
    await eventually(() => [a, b].every(({ links }) => links.length >= downs + 2 && links.at(-1) === true), 30_000);
    // The new master answers commands too, and a drop there reaches the other replica.
    await eventually(async () => {
      await a.cache.drop(key);
      return true;
    }, 15_000);
    await eventually(async () => (await b.cache.through(key, answers(2))).n === 2, 10_000);
    await sleep(300);
    await a.cache.drop(key);
    await eventually(async () => (await b.cache.through(key, answers(3))).n === 3, 5000);
  });
});
