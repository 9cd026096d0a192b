import { describe, expect, it } from 'vitest';
import { type CacheStore, createReferenceCache } from '../../../src/cache/reference-cache.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const DAY = 86_400_000;
const EVENING = Date.parse('2026-11-24T04:00:00Z');

function setUp(store?: CacheStore) {
  const clock = createManualClock(EVENING);
  const lookups: string[] = [];
  const observer = { lookup: (outcome: string) => lookups.push(outcome) };
  const cache = createReferenceCache({ clock, observer, ttlMs: DAY, maxEntries: 2, ...(store ? { store } : {}) });
  let loads = 0;
  const load = async () => {
    loads += 1;
    return { chain: loads };
  };
  return { clock, cache, lookups, load, loads: () => loads };
}

function memoryStore(): CacheStore & { texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return { texts, get: async (key) => texts.get(key), set: async (key, text) => void texts.set(key, text) };
}

describe('reference cache', () => {
  it('loads once for fifty callers at a time, and not at all afterwards', async () => {
    const { cache, load, loads } = setUp();
    const values = await Promise.all(Array.from({ length: 50 }, () => cache.through('SPY', load)));
    expect(new Set(values)).toEqual(new Set([{ chain: 1 }]));
    await cache.through('SPY', load);
    expect(loads()).toBe(1);
  });

  it('does not keep a failure', async () => {
    const { cache, load, lookups } = setUp();
    await expect(cache.through('SPY', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await expect(cache.through('SPY', load)).resolves.toEqual({ chain: 1 });
    expect(lookups).toEqual(['failed', 'loaded']);
  });

  it('forgets at the New York date change, and after its time to live', async () => {
    const { clock, cache, load, loads } = setUp();
    await cache.through('SPY', load);
    await clock.advance(59 * 60_000);
    await cache.through('SPY', load);
    expect(loads()).toBe(1);
    await clock.advance(60_000);
    await cache.through('SPY', load);
    expect(loads()).toBe(2);
  });

  it('keeps no more entries than it may, dropping the least recently used', async () => {
    const { cache, load, loads } = setUp();
    await cache.through('A', load);
    await cache.through('B', load);
    await cache.through('A', load);
    await cache.through('C', load);
    await cache.through('A', load);
    expect(loads()).toBe(3);
    await cache.through('B', load);
    expect(loads()).toBe(4);
  });

  it('fills from the shared store and writes to it; a corrupt entry is a miss', async () => {
    const store = memoryStore();
    const first = setUp(store);
    await first.cache.through('SPY', first.load);
    const second = setUp(store);
    await expect(second.cache.through('SPY', second.load)).resolves.toEqual({ chain: 1 });
    expect(second.loads()).toBe(0);
    for (const key of store.texts.keys()) store.texts.set(key, '{"chain":');
    const third = setUp(store);
    await expect(third.cache.through('SPY', third.load)).resolves.toEqual({ chain: 1 });
    expect(third.loads()).toBe(1);
  });
});
