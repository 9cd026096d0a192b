import { describe, expect, it } from 'vitest';
import { createMemoryLevel } from '../../../src/cache/memory-level.ts';
import type { SharedLevel } from '../../../src/cache/shared-level.ts';
import { type ErrorCode, GatewayError } from '../../../src/core/errors.ts';
import { DAY_MS, HOUR_MS, type Numbered, countAsks, equity, openCache } from '../../support/cache-bench.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** 23:00 in New York. */
const EVENING = Date.parse('2026-11-24T04:00:00Z');
const MORNING = Date.parse('2026-11-24T14:00:00Z');
const SPY = equity('SPY');
/** The draw for which the refresh comes exactly when it is due. */
const noSpread = { uuid: () => crypto.randomUUID(), fraction: () => 0 };

function setUp({ startMs = EVENING, replicas = 1, maxEntries = 100 } = {}) {
  const clock = createManualClock(startMs);
  const level = createMemoryLevel(clock, 100);
  const benches = Array.from({ length: replicas }, () => openCache({ level, clock, ids: noSpread, maxEntries }));
  const broker = { asked: 0, tookMs: 0, failure: undefined as GatewayError | undefined };
  const load = async (): Promise<Numbered> => {
    broker.asked += 1;
    const n = broker.asked;
    if (broker.tookMs > 0) await clock.sleep(broker.tookMs);
    if (broker.failure !== undefined) throw broker.failure;
    return { n };
  };
  const bench = (at: number) => {
    const found = benches[at];
    if (found === undefined) throw new Error(`There is no replica ${at}`);
    return found;
  };
  const read = (at = 0, key = SPY) => bench(at).cache.through(key, load);
  return { clock, level, bench, broker, load, read };
}

const failure = (code: ErrorCode) => new GatewayError(code, `It said ${code}.`, { advice: 'Do this.' });
const codeOf = (code: ErrorCode) => ({ code, message: `It said ${code}.`, advice: 'Do this.' });

describe('a chain that is asked for', () => {
  it('is loaded once for fifty callers at a time, and not at all afterwards', async () => {
    const { read, broker, bench } = setUp();
    const values = await Promise.all(Array.from({ length: 50 }, () => read()));
    expect(new Set(values)).toEqual(new Set([{ n: 1 }]));
    expect(new Set(values).size).toBe(1);
    await read();
    expect(broker.asked).toBe(1);
    expect(bench(0).lookups.filter((one) => one === 'memory')).toHaveLength(1);
  });

  it('is another one in another environment, of another kind and by another name', async () => {
    const { bench, load, broker } = setUp();
    const keys = [
      SPY,
      { ...SPY, environment: 'live' as const },
      { ...SPY, kind: 'chain:future' as const },
      equity('SP'),
    ];
    for (const key of keys) await bench(0).cache.through(key, load);
    expect(broker.asked).toBe(4);
  });

  it('is forgotten when it is the least recently used of too many, and then found in the second level', async () => {
    const { read, broker, bench } = setUp({ maxEntries: 2 });
    for (const name of ['A', 'B', 'A', 'C', 'A', 'B']) await read(0, equity(name));
    expect(broker.asked).toBe(3);
    expect(bench(0).lookups).toEqual(['loaded', 'loaded', 'memory', 'loaded', 'memory', 'shared']);
  });

  it('is gone at the New York date change, in both levels, and not before', async () => {
    const { clock, read, broker } = setUp({ replicas: 2 });
    await read(0);
    await clock.advance(HOUR_MS - 1);
    expect([await read(0), await read(1)]).toEqual([{ n: 1 }, { n: 1 }]);
    await clock.advance(1);
    expect([await read(0), await read(1)]).toEqual([{ n: 2 }, { n: 2 }]);
    expect(broker.asked).toBe(2);
  });

  it('is kept under the day that it was asked for on, when midnight passes while it is loaded', async () => {
    const { clock, read, broker } = setUp();
    broker.tookMs = 2000;
    await clock.advance(HOUR_MS - 1000);
    const asked = read();
    await clock.advance(2000);
    await asked;
    const again = read();
    await clock.advance(2000);
    expect(await again).toEqual({ n: 2 });
  });

  it('is forgotten when the wall clock is put to another day', async () => {
    const { clock, read, broker } = setUp({ startMs: MORNING });
    await read();
    clock.set(MORNING + DAY_MS);
    await read();
    expect(broker.asked).toBe(2);
  });
});

describe('a load that fails', () => {
  it('is told to its callers and not kept', async () => {
    const { read, broker, bench } = setUp();
    broker.failure = failure('broker_unavailable');
    await expect(read()).rejects.toMatchObject(codeOf('broker_unavailable'));
    broker.failure = undefined;
    expect(await read()).toEqual({ n: 2 });
    expect(bench(0).lookups).toEqual(['failed', 'loaded']);
  });

  it('because there is no such chain is known to all replicas for a minute', async () => {
    const { clock, read, broker, bench } = setUp({ replicas: 2, startMs: MORNING });
    broker.failure = failure('not_found');
    for (const at of [0, 1, 0]) await expect(read(at)).rejects.toMatchObject(codeOf('not_found'));
    expect(broker.asked).toBe(1);
    expect(bench(0).loads).toEqual(['cold absent']);
    await clock.advance(60_001);
    broker.failure = undefined;
    expect([await read(1), await read(0)]).toEqual([{ n: 2 }, { n: 2 }]);
  });
});

describe('a load that failed for its caller’s own reasons', () => {
  it('is begun by another replica at once', async () => {
    const { clock, broker, bench, load, read } = setUp({ replicas: 2 });
    const refused = bench(0).cache.through(SPY, async () => {
      await clock.sleep(500);
      throw failure('broker_not_permitted');
    });
    const outcome = expect(refused).rejects.toMatchObject(codeOf('broker_not_permitted'));
    await clock.advance(0);
    const waiting = bench(1).cache.through(SPY, load);
    await clock.advance(500);
    await outcome;
    expect(await waiting).toEqual({ n: 1 });
    expect([await read(0), broker.asked]).toEqual([{ n: 1 }, 1]);
  });
});

describe('a chain in use', () => {
  it('is loaded again once over all replicas when it has come of age, and nobody waits for that', async () => {
    const { clock, read, broker, bench } = setUp({ replicas: 3, startMs: MORNING });
    for (const at of [0, 1, 2]) await read(at);
    broker.tookMs = 500;
    await clock.advance(4 * HOUR_MS);
    expect(await Promise.all([0, 1, 2, 0].map((at) => read(at)))).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }, { n: 1 }]);
    expect(broker.asked).toBe(2);
    await clock.advance(600);
    expect(await Promise.all([0, 1, 2].map((at) => read(at)))).toEqual([{ n: 2 }, { n: 2 }, { n: 2 }]);
    await clock.advance(3 * HOUR_MS);
    for (const at of [0, 1, 2]) await read(at);
    await clock.advance(1000);
    expect(broker.asked).toBe(2);
    expect([0, 1, 2].flatMap((at) => bench(at).loads).toSorted()).toEqual(['cold ok', 'refresh ok']);
  });

  it('is loaded again earlier the longer that takes', async () => {
    const clock = createManualClock(MORNING);
    const level = createMemoryLevel(clock, 10);
    const ids = { ...noSpread, fraction: () => 1 - Math.E ** -2 };
    const { cache, loads } = openCache({ level, clock, ids });
    const slow = async () => clock.sleep(60_000).then(() => ({ n: 1 }));
    const first = cache.through(SPY, slow);
    await clock.advance(60_000);
    await first;
    await clock.advance(4 * HOUR_MS - 3 * 60_000 - 1);
    await cache.through(SPY, slow);
    await clock.advance(60_000);
    expect(loads).toEqual(['cold ok']);
    await clock.advance(1);
    await cache.through(SPY, slow);
    await clock.advance(60_000);
    expect(loads).toEqual(['cold ok', 'refresh ok']);
  });

  it.each(['broker_unavailable', 'not_found', 'rate_limited'] as const)(
    'stays when that fails (%s), is let alone for a minute by all, and ends when it was said to',
    async (code) => {
      const { clock, read, broker } = setUp({ replicas: 2, startMs: MORNING });
      for (const at of [0, 1]) await read(at);
      await clock.advance(4 * HOUR_MS);
      broker.failure = failure(code);
      for (const at of [0, 1, 0, 1]) expect(await read(at)).toEqual({ n: 1 });
      await clock.advance(59_000);
      for (const at of [0, 1]) expect(await read(at)).toEqual({ n: 1 });
      expect(broker.asked).toBe(2);
      await clock.advance(2000);
      for (const at of [0, 1]) expect(await read(at)).toEqual({ n: 1 });
      await clock.advance(0);
      expect(broker.asked).toBe(3);
      await clock.advance(11 * HOUR_MS);
      await expect(read()).rejects.toMatchObject({ code });
    },
  );

  it('is not loaded again for the few minutes that are left of its day', async () => {
    const { clock, read, broker } = setUp({ startMs: EVENING - 3 * HOUR_MS - 300_000 });
    await read();
    await clock.advance(4 * HOUR_MS);
    await read();
    await clock.advance(0);
    expect(broker.asked).toBe(1);
  });
});

describe('a chain that is dropped', () => {
  it('is gone everywhere', async () => {
    const { read, broker, bench } = setUp({ replicas: 3 });
    for (const at of [0, 1, 2]) await read(at);
    await bench(1).cache.drop(SPY);
    expect(await Promise.all([0, 1, 2].map((at) => read(at)))).toEqual([{ n: 2 }, { n: 2 }, { n: 2 }]);
    expect(broker.asked).toBe(2);
  });

  it('while it is loaded goes to those who wait for it already, and to nobody else', async () => {
    const { clock, read, broker, bench } = setUp({ replicas: 2 });
    broker.tookMs = 1000;
    const before = read(0);
    await clock.advance(500);
    await bench(1).cache.drop(SPY);
    await clock.advance(0);
    const after = [read(0), read(1)];
    await clock.advance(500);
    expect(await before).toEqual({ n: 1 });
    await clock.advance(1000);
    expect(await Promise.all(after)).toEqual([{ n: 2 }, { n: 2 }]);
    expect([await read(0), await read(1)]).toEqual([{ n: 2 }, { n: 2 }]);
    expect(broker.asked).toBe(2);
  });

  it('while it is refreshed is not brought back', async () => {
    const { clock, read, broker, bench } = setUp({ replicas: 2, startMs: MORNING });
    await read(0);
    broker.tookMs = 1000;
    await clock.advance(4 * HOUR_MS);
    await read(0);
    await clock.advance(500);
    await bench(1).cache.drop(SPY);
    await clock.advance(600);
    const after = read(0);
    await clock.advance(1100);
    expect(await after).toEqual({ n: 3 });
    expect(await read(1)).toEqual({ n: 3 });
  });
});

describe('what is in the second level', () => {
  it('is not used when it has not the shape of its kind, and is loaded anew', async () => {
    const { level, clock, load, broker, bench, read } = setUp({ replicas: 2 });
    const loose = openCache({ level, clock, shapes: { 'chain:equity': () => true, 'chain:future': () => true } });
    await loose.cache.through(SPY, async () => ({ m: 'not a number' }) as unknown as Numbered);
    expect(await bench(0).cache.through(SPY, load)).toEqual({ n: 1 });
    expect(await read(1)).toEqual({ n: 1 });
    expect(broker.asked).toBe(1);
  });
});

/** A level that nobody can reach. */
function away(clock: ReturnType<typeof createManualClock>): SharedLevel & { isAway: boolean } {
  const there = createMemoryLevel(clock, 100);
  const gone = () => Promise.reject(new GatewayError('coordination_unavailable', 'Away.'));
  const level: SharedLevel & { isAway: boolean } = {
    ...there,
    isAway: true,
    get trustMs() {
      return level.isAway ? 30_000 : Number.POSITIVE_INFINITY;
    },
    read: (...args) => (level.isAway ? gone() : there.read(...args)),
    version: (...args) => (level.isAway ? gone() : there.version(...args)),
    begin: (...args) => (level.isAway ? gone() : there.begin(...args)),
    renew: (...args) => (level.isAway ? gone() : there.renew(...args)),
    store: (...args) => (level.isAway ? gone() : there.store(...args)),
    fail: (...args) => (level.isAway ? gone() : there.fail(...args)),
    drop: (...args) => (level.isAway ? gone() : there.drop(...args)),
  };
  return level;
}

describe('a replica on its own', () => {
  function alone() {
    const clock = createManualClock(MORNING);
    const level = away(clock);
    let link = (_isUp: boolean): void => {};
    const watched: SharedLevel = Object.defineProperties({} as SharedLevel, Object.getOwnPropertyDescriptors(level));
    watched.watch = (listener) => {
      link = listener.linked;
      return level.watch(listener);
    };
    const { cache, loads, lookups } = openCache({ level: watched, clock });
    let n = 0;
    const read = () => cache.through(SPY, async () => ({ n: (n += 1) }));
    return { clock, level, loads, lookups, cache, read, link: (isUp: boolean) => link(isUp) };
  }

  it('loads for itself, once for all its callers, after a moment at most, and then at once', async () => {
    const { clock, read, loads } = alone();
    const first = Promise.all([read(), read(), read()]);
    await clock.advance(700);
    expect(await first).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
    await clock.advance(30_001);
    expect(await read()).toEqual({ n: 2 });
    expect(loads).toEqual(['alone ok', 'alone ok']);
  });

  it('is not taken for one when Redis answers again in a moment', async () => {
    const { clock, level, read, loads } = alone();
    const first = read();
    await clock.advance(300);
    level.isAway = false;
    await clock.advance(100);
    expect([await first, loads]).toEqual([{ n: 1 }, ['cold ok']]);
  });

  it('says that a drop reached nobody else, and has forgotten it itself', async () => {
    const { clock, read, cache } = alone();
    const first = read();
    await clock.advance(700);
    await first;
    await expect(cache.drop(SPY)).rejects.toMatchObject({ code: 'coordination_unavailable' });
    expect(await read()).toEqual({ n: 2 });
  });

  it('gives what it loaded to the others when they are back', async () => {
    const { clock, level, read, loads, link } = alone();
    link(false);
    const first = read();
    await clock.advance(700);
    await first;
    level.isAway = false;
    link(true);
    await clock.advance(0);
    const other = openCache({ level, clock });
    expect(await other.cache.through(SPY, async () => ({ n: 99 }))).toEqual({ n: 1 });
    expect([await read(), loads]).toEqual([{ n: 1 }, ['alone ok']]);
  });

  it('does not bring back what somebody else dropped meanwhile', async () => {
    const { clock, level, read, loads, link } = alone();
    link(false);
    const first = read();
    await clock.advance(700);
    await first;
    level.isAway = false;
    const other = openCache({ level, clock });
    await other.cache.drop(SPY);
    link(true);
    await clock.advance(0);
    expect(await other.cache.through(SPY, async () => ({ n: 99 }))).toEqual({ n: 99 });
    expect([await read(), loads]).toEqual([{ n: 99 }, ['alone ok']]);
  });
});

describe('what cannot be trusted for long', () => {
  it('is compared by its version alone, before anybody is given it again', async () => {
    const clock = createManualClock(MORNING);
    const there = createMemoryLevel(clock, 10);
    const { level, asks } = countAsks({ ...there, trustMs: 1000 });
    const { cache, lookups } = openCache({ level, clock });
    const read = () => cache.through(SPY, async () => ({ n: 1 }));
    await read();
    await clock.advance(999);
    const before = asks();
    await read();
    expect(asks()).toBe(before);
    await clock.advance(2);
    await Promise.all([read(), read()]);
    await read();
    expect(asks()).toBe(before + 1);
    expect(lookups).toEqual(['loaded', 'memory', 'shared', 'shared', 'memory']);
    await there.drop({ id: 'paper:chain:equity:SPY', date: '2026-11-24' });
    await clock.advance(0);
    expect(await cache.through(SPY, async () => ({ n: 2 }))).toEqual({ n: 2 });
  });
});
