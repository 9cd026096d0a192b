import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Entry, LevelOne } from './level-one.ts';
import type { Slot } from './reference-key.ts';
import type { SharedLevel } from './shared-level.ts';
import { type Outcome, type Stored, valueOf } from './stored.ts';

/** Puts what was loaded or read into the first level, with the times that hold for it. */
export type Keep = {
  /** Read from the shared level, where it is. */
  read(slot: Slot, stored: Stored): void;
  /** Loaded here, and shared with nobody yet. */
  loaded(slot: Slot, stored: Stored): Entry;
  /** From now on it is trusted for as long as the shared level may be. */
  trust(entry: Entry): void;
};

export type KeepParts = {
  readonly clock: Clock;
  readonly ids: Pick<IdSource, 'fraction'>;
  readonly level: Pick<SharedLevel, 'trustMs'>;
  readonly levelOne: LevelOne;
  /** A value that is read at this age is loaded again. */
  readonly refreshAfterMs: number;
};

/** What could be used for no longer than this is not loaded again. */
const MIN_GAIN_MS = 600_000;
/** Until it is known whether it could be shared. */
const PROVISIONAL_MS = 1000;
/** What could not be shared is no longer kept to oneself than this. */
const UNSHARED_MS = 30_000;

export function createKeep({ clock, ids, level, levelOne, refreshAfterMs }: KeepParts): Keep {
  /** The XFetch rule, drawn once: what took long to load is loaded again earlier, and replicas do not all begin at once. */
  function refreshInMs({ outcome, loadedAt, tookMs }: Stored, leftMs: number): number {
    const earlyMs = tookMs * -Math.log(1 - ids.fraction());
    const dueMs = Math.max(0, loadedAt + refreshAfterMs - earlyMs - clock.now());
    return outcome.kind === 'absent' || dueMs > leftMs - MIN_GAIN_MS ? Number.POSITIVE_INFINITY : dueMs;
  }

  function put(slot: Slot, stored: Stored, own: { isMine: boolean; isShared: boolean; trustMs: number }): Entry {
    const { outcome, loadedAt, lifeMs } = stored;
    const nowMs = clock.monotonicMs();
    // Another replica's clock may not run like ours.
    const leftMs = Math.min(Math.max(loadedAt + lifeMs - clock.now(), 0), lifeMs);
    const entry: Entry = {
      slot,
      stored,
      answer: answerOf(outcome),
      isMine: own.isMine,
      isShared: own.isShared,
      endsAtMs: nowMs + leftMs,
      trustedUntilMs: nowMs + own.trustMs,
      refreshAtMs: nowMs + refreshInMs(stored, leftMs),
    };
    levelOne.put(entry);
    return entry;
  }

  return {
    read: (slot, stored) => void put(slot, stored, { isMine: false, isShared: true, trustMs: level.trustMs }),
    loaded: (slot, stored) => put(slot, stored, { isMine: true, isShared: false, trustMs: PROVISIONAL_MS }),
    trust(entry) {
      const trustMs = entry.isShared ? level.trustMs : Math.min(level.trustMs, UNSHARED_MS);
      entry.trustedUntilMs = clock.monotonicMs() + trustMs;
    },
  };
}

/** One promise for all who ask: a warm reader costs next to nothing. */
function answerOf(outcome: Outcome): Entry['answer'] {
  if (outcome.kind === 'absent') return async () => valueOf(outcome);
  const answer = Promise.resolve(outcome.value);
  return () => answer;
}
