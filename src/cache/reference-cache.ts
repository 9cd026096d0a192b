import type { Clock } from '../core/clock.ts';
import { newYorkDate } from '../core/new-york.ts';
import { createSingleFlight } from '../core/single-flight.ts';

/** The second level, shared by replicas: text under a key for a while. A failure is a miss, never an error. */
export type CacheStore = {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string, ttlMs: number): Promise<void>;
};

export type CacheObserver = { lookup(outcome: 'memory' | 'shared' | 'loaded' | 'failed'): void };

/** Reference data (option chains), kept for a day and shared by tenants. Never for quotes, balances or positions. */
export type ReferenceCache = {
  /** The kept value, or what `load` gives: once for any number of callers at a time. A failed load is not kept. */
  through<Value>(key: string, load: () => Promise<Value>): Promise<Value>;
};

export type ReferenceCacheOptions = {
  readonly clock: Clock;
  readonly observer: CacheObserver;
  readonly store?: CacheStore;
  readonly ttlMs: number;
  /** Entries kept parsed in this process; the least recently used goes first. */
  readonly maxEntries: number;
};

type Entry = { readonly value: unknown; readonly expiresMs: number };

function parse(text: string | undefined): { value: unknown } | undefined {
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function createReferenceCache(options: ReferenceCacheOptions): ReferenceCache {
  const { clock, observer, store, ttlMs, maxEntries } = options;
  const entries = new Map<string, Entry>();
  const flight = createSingleFlight<unknown>();

  // The New York day is part of the key: at its change every chain is a new one, since expirations fall away.
  const dated = (key: string): string => `reference:v1:${newYorkDate(clock.now())}:${key}`;

  function recall(key: string): Entry | undefined {
    const entry = entries.get(key);
    entries.delete(key);
    if (entry === undefined || entry.expiresMs <= clock.monotonicMs()) return undefined;
    entries.set(key, entry);
    return entry;
  }

  function keep(key: string, value: unknown): void {
    entries.set(key, { value, expiresMs: clock.monotonicMs() + ttlMs });
    const oldest = entries.keys().next().value;
    if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
  }

  async function fetchValue(key: string, load: () => Promise<unknown>): Promise<unknown> {
    const shared = parse(await store?.get(key));
    const value = shared === undefined ? await load() : shared.value;
    observer.lookup(shared === undefined ? 'loaded' : 'shared');
    keep(key, value);
    if (shared === undefined) await store?.set(key, JSON.stringify(value), ttlMs);
    return value;
  }

  return {
    async through<Value>(plainKey: string, load: () => Promise<Value>): Promise<Value> {
      const key = dated(plainKey);
      const entry = recall(key);
      if (entry !== undefined) {
        observer.lookup('memory');
        return entry.value as Value;
      }
      try {
        return (await flight(key, () => fetchValue(key, load))) as Value;
      } catch (thrown) {
        observer.lookup('failed');
        throw thrown;
      }
    },
  };
}
