import type { CacheObserver } from './cache-observer.ts';
import { createFlight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Entry, LevelOne } from './level-one.ts';
import type { Loads } from './load-in-turn.ts';
import type { Slot } from './reference-key.ts';
import type { LevelListener, SharedLevel } from './shared-level.ts';

export type HearingParts = {
  readonly level: SharedLevel;
  readonly levelOne: LevelOne;
  readonly flights: Flights;
  readonly loads: Loads;
  readonly observer: Pick<CacheObserver, 'linked'>;
};

/** What the first level does when something has changed in the shared one, and when that could go by unheard. */
export function hearChanges({ level, levelOne, flights, loads, observer }: HearingParts): LevelListener {
  /** News of what this replica stored itself may be news of just that. */
  async function verify(entry: Entry): Promise<void> {
    const version = await level.version(entry.slot).catch(() => undefined);
    if (version !== entry.stored.version) levelOne.drop(entry.slot.id, entry);
  }

  function forget(slot: Slot): void {
    if (slot.date !== levelOne.today()) return;
    const entry = levelOne.find(slot.id);
    if (entry?.isMine === true) void verify(entry);
    else levelOne.drop(slot.id);
  }

  /** What was loaded while nobody could be told is there for the others now. */
  async function offer(entry: Entry): Promise<void> {
    const { slot, stored } = entry;
    const flight = createFlight({ slot, version: stored.version, load: async () => {}, isUsable: () => true });
    const turn = await level.begin(slot, flight.wish);
    if (turn.kind === 'load') await loads.share(flight, entry);
  }

  return {
    changed(slot) {
      if (slot === undefined) levelOne.clear();
      else forget(slot);
      flights.touch(slot);
    },
    linked(isUp) {
      observer.linked(isUp);
      const emptied = levelOne.clear();
      flights.touch(undefined);
      if (isUp) for (const entry of emptied) if (!entry.isShared) offer(entry).catch(() => {});
    },
  };
}
