import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { CacheObserver } from './cache-observer.ts';
import { createFlights } from './flights.ts';
import { hearChanges } from './hear-changes.ts';
import { createKeep } from './keep.ts';
import { createLevelOne } from './level-one.ts';
import { createLoads } from './load-in-turn.ts';
import { createPatience } from './patience.ts';
import { type ReferenceKey, type ReferenceKind, type Slot, referenceId } from './reference-key.ts';
import { createRefresh } from './refresh.ts';
import { createRead, createSeek } from './seek.ts';
import type { SharedLevel } from './shared-level.ts';
import { type Stored, valueOf } from './stored.ts';

/** Reference data (option chains), kept for the New York day and shared by tenants. Never for quotes, balances or positions. */
export type ReferenceCache<Values extends Record<ReferenceKind, unknown>> = {
  /**
   * The kept value, or what `load` gives: once for any number of callers on any number of replicas. A caller who leaves does not
   * end the load. That there is no such thing (`not_found`) is kept for a short while; any other failure is not.
   */
  through<Kind extends ReferenceKind>(
    key: ReferenceKey<Kind>,
    load: () => Promise<Values[Kind]>,
  ): Promise<Values[Kind]>;
  /** All replicas forget it at once. Throws `coordination_unavailable` when only this one could. */
  drop(key: ReferenceKey): Promise<void>;
  close(): void;
};

export type ReferenceCacheOptions = {
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'uuid' | 'fraction'>;
  readonly log: Log;
  readonly observer: CacheObserver;
  /** Closed by the cache. */
  readonly level: SharedLevel;
  /** Whether a value read from the shared level is of this kind: what is there is data, whoever wrote it. */
  readonly shapes: Readonly<Record<ReferenceKind, (value: unknown) => boolean>>;
  /** Whether a failed load says nothing about what was loaded: then another caller tries. */
  readonly isCallersOwn: (error: unknown) => boolean;
  /** At most a day. */
  readonly ttlMs: number;
  readonly absentMs: number;
  /** A value of this age that somebody reads is loaded again behind its reader's back. */
  readonly refreshAfterMs: number;
  /** Entries kept parsed in this process; the least recently used goes first. */
  readonly maxEntries: number;
};

type Load = () => Promise<unknown>;

export function createReferenceCache<Values extends Record<ReferenceKind, unknown>>(
  options: ReferenceCacheOptions,
): ReferenceCache<Values> {
  const { clock, ids, log, observer, level, shapes } = options;
  const levelOne = createLevelOne(clock, options.maxEntries);
  const flights = createFlights(ids);
  const patiently = createPatience(level, clock, log);
  const keep = createKeep({ ...options, levelOne });
  const read = createRead({ level, keep, patiently });
  const loads = createLoads({ ...options, levelOne, keep, patiently, onLost: flights.lose });
  const seek = createSeek({ clock, observer, level, levelOne, keep, loads, patiently, read });
  const refresh = createRefresh({ clock, log, level, flights, loads, read });
  const stopWatching = level.watch(hearChanges({ clock, level, levelOne, flights, loads, observer }));

  const slotOf = (key: ReferenceKey): Slot => ({ id: referenceId(key), date: levelOne.today() });
  const wishOf = ({ kind }: ReferenceKey, load: Load) => ({
    load,
    isUsable: ({ outcome }: Stored) => outcome.kind === 'absent' || shapes[kind](outcome.value),
  });

  async function find(key: ReferenceKey, load: Load): Promise<unknown> {
    try {
      const { outcome, from } = await flights.search({ ...wishOf(key, load), slot: slotOf(key) }, seek);
      const value = valueOf(outcome);
      observer.lookup(from);
      return value;
    } catch (error) {
      observer.lookup('failed');
      throw error;
    }
  }

  function through(key: ReferenceKey, load: Load): Promise<unknown> {
    const entry = levelOne.find(key);
    const nowMs = clock.monotonicMs();
    if (entry === undefined || nowMs >= entry.trustedUntilMs) return find(key, load);
    observer.lookup('memory');
    if (nowMs >= entry.refreshAtMs) void refresh(entry, wishOf(key, load));
    return entry.answer();
  }

  return {
    through,
    async drop(key) {
      const slot = slotOf(key);
      levelOne.drop(slot);
      flights.loseAll(slot);
      await level.drop(slot);
      flights.touch(slot);
    },
    close() {
      stopWatching();
      levelOne.close();
      level.close();
    },
  };
}
