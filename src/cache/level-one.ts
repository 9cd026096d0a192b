import type { Clock } from '../core/clock.ts';
import { newYorkDate, newYorkDayEnd } from '../core/new-york.ts';
import { type ReferenceKey, type Slot, readReferenceId } from './reference-key.ts';
import { createReferenceMap } from './reference-map.ts';
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
  find(key: ReferenceKey): Entry | undefined;
  findSlot(slot: Slot): Entry | undefined;
  /** An entry of another day is not kept. */
  put(entry: Entry): void;
  /** Removes this entry, or whatever there is. */
  drop(slot: Slot, entry?: Entry): void;
  /** Empties it, and tells of what. */
  clear(): readonly Entry[];
  close(): void;
};

type Kept = { readonly entry: Entry; readonly key: ReferenceKey; usedAt: number };

export function createLevelOne(clock: Clock, maxEntries: number): LevelOne {
  const map = createReferenceMap<Kept>();
  let date = newYorkDate(clock.now());
  let uses = 0;

  function today(): string {
    const now = newYorkDate(clock.now());
    if (now !== date) {
      map.clear();
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

  function find(key: ReferenceKey): Entry | undefined {
    today();
    const kept = map.get(key);
    if (kept === undefined) return undefined;
    kept.usedAt = uses += 1;
    if (kept.entry.endsAtMs > clock.monotonicMs()) return kept.entry;
    map.delete(key);
    return undefined;
  }

  function makeRoom(): void {
    if (map.size <= maxEntries) return;
    const { key } = map.values().reduce((least, kept) => (kept.usedAt < least.usedAt ? kept : least));
    map.delete(key);
  }

  return {
    today,
    find,
    findSlot({ id }) {
      const key = readReferenceId(id);
      return key === undefined ? undefined : find(key);
    },
    put(entry) {
      const key = readReferenceId(entry.slot.id);
      if (key === undefined || entry.slot.date !== today()) return;
      map.set(key, { entry, key, usedAt: (uses += 1) });
      makeRoom();
    },
    drop({ id }, entry) {
      const key = readReferenceId(id);
      if (key !== undefined && (entry === undefined || map.get(key)?.entry === entry)) map.delete(key);
    },
    clear() {
      const all = map.values().map((kept) => kept.entry);
      map.clear();
      return all;
    },
    close: () => midnight.cancel(),
  };
}
