import type { Clock } from '../core/clock.ts';
import { newYorkDate, newYorkDayEnd } from '../core/new-york.ts';
import type { Slot } from './reference-key.ts';
import type { Stored } from './stored.ts';

/** What this replica keeps, parsed. All times are monotonic. */
export type Entry = {
  readonly slot: Slot;
  readonly stored: Stored;
  /** The value, for however many ask. Throws `not_found` when it is known that there is none. */
  readonly answer: () => Promise<unknown>;
  /** This replica loaded it: news of its own storing says nothing new. */
  readonly isMine: boolean;
  /** It is in the shared level too. */
  isShared: boolean;
  readonly endsAtMs: number;
  /** Until then it is used without asking whether it is still what all have. */
  trustedUntilMs: number;
  /** From then on whoever reads it has it loaded again, behind its reader's back. */
  refreshAtMs: number;
};

/** The first level: so many entries of today, of which the least recently used goes first. */
export type LevelOne = {
  /** Today's date in New York. At its change everything is gone. */
  today(): string;
  /** Whether or not it is still trusted. */
  find(id: string): Entry | undefined;
  /** An entry of another day is not kept. */
  put(entry: Entry): void;
  /** Removes this entry, or whatever there is. */
  drop(id: string, entry?: Entry): void;
  /** Empties it, and tells of what. */
  clear(): readonly Entry[];
  close(): void;
};

export function createLevelOne(clock: Clock, maxEntries: number): LevelOne {
  const entries = new Map<string, Entry>();
  let date = newYorkDate(clock.now());

  function today(): string {
    const now = newYorkDate(clock.now());
    if (now !== date) {
      entries.clear();
      date = now;
    }
    return date;
  }

  const untilMidnight = () =>
    clock.after(newYorkDayEnd(clock.now()) - clock.now(), () => {
      today();
      midnight = untilMidnight();
    });
  let midnight = untilMidnight();

  return {
    today,
    find(id) {
      today();
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      entries.delete(id);
      if (entry.endsAtMs <= clock.monotonicMs()) return undefined;
      entries.set(id, entry);
      return entry;
    },
    put(entry) {
      if (entry.slot.date !== today()) return;
      entries.delete(entry.slot.id);
      entries.set(entry.slot.id, entry);
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
    drop(id, entry) {
      if (entry === undefined || entries.get(id) === entry) entries.delete(id);
    },
    clear() {
      const all = [...entries.values()];
      entries.clear();
      return all;
    },
    close: () => midnight.cancel(),
  };
}
