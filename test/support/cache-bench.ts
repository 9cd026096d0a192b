import type { CacheObserver } from '../../src/cache/cache-observer.ts';
import type { ReferenceKey } from '../../src/cache/reference-key.ts';
import {
  type ReferenceCache,
  type ReferenceCacheOptions,
  createReferenceCache,
} from '../../src/cache/reference-cache.ts';
import { isCallersOwn } from '../../src/broker/callers-own.ts';
import type { SharedLevel } from '../../src/cache/shared-level.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';

/** What is cached in tests: anything with a number in it. */
export type Numbered = { readonly n: number };
type Values = { 'chain:equity': Numbered; 'chain:future': Numbered };

/** A cache, and what it told of itself. */
export type CacheBench = {
  readonly cache: ReferenceCache<Values>;
  /** When it last told whether changes are heard. */
  readonly linkedAt: () => number;
  readonly lookups: string[];
  /** `reason outcome` of each load. */
  readonly loads: string[];
  readonly links: boolean[];
  readonly waits: number[];
};

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

const isNumbered = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'n' in value && typeof value.n === 'number';

export function openCache(
  options: Pick<ReferenceCacheOptions, 'level' | 'clock'> & Partial<ReferenceCacheOptions>,
): CacheBench {
  let linkedAt = 0;
  const told = { lookups: [] as string[], loads: [] as string[], links: [] as boolean[], waits: [] as number[] };
  const observer: CacheObserver = {
    lookup: (outcome) => told.lookups.push(outcome),
    loaded: ({ reason, outcome }) => told.loads.push(`${reason} ${outcome}`),
    waited: (durationMs) => told.waits.push(durationMs),
    linked(isUp) {
      linkedAt = performance.now();
      told.links.push(isUp);
    },
  };
  const cache = createReferenceCache<Values>({
    ids: systemIds,
    log: silentLog,
    observer,
    shapes: { 'chain:equity': isNumbered, 'chain:future': isNumbered },
    isCallersOwn,
    ttlMs: DAY_MS,
    absentMs: 60_000,
    refreshAfterMs: 4 * HOUR_MS,
    maxEntries: 100,
    ...options,
  });
  return { cache, linkedAt: () => linkedAt, ...told };
}

export const equity = (symbol: string): ReferenceKey<'chain:equity'> => ({
  kind: 'chain:equity',
  environment: 'paper',
  symbol,
});

/** A clock that stops for whoever was given it: of a process that is dead, or frozen. */
export function mortalClock(): { readonly clock: Clock; die(): void } {
  let isDead = false;
  const unlessDead = (task: () => void) => (): void => {
    if (!isDead) task();
  };
  return {
    clock: {
      ...systemClock,
      after: (ms, task) => systemClock.after(ms, unlessDead(task)),
      every: (ms, task) => systemClock.every(ms, unlessDead(task)),
      sleep: (ms, signal) =>
        systemClock.sleep(ms, signal).then(() => (isDead ? new Promise<never>(() => {}) : undefined)),
    },
    die() {
      isDead = true;
    },
  };
}

/** A level that counts how often it is asked. */
export function countAsks(level: SharedLevel): { readonly level: SharedLevel; asks(): number } {
  let asks = 0;
  const counted = new Set<string | symbol>(['read', 'version', 'begin', 'renew', 'store', 'fail', 'drop']);
  const watched = new Proxy(level, {
    get(target, name, receiver) {
      if (counted.has(name)) asks += 1;
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
  return { level: watched, asks: () => asks };
}
