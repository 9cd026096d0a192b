import type { Clock } from '../core/clock.ts';
import type { CacheObserver } from './cache-observer.ts';
import { createFlight } from './flight.ts';
import type { Flights } from './flights.ts';
import type { Entry, LevelOne } from './level-one.ts';
import type { Loads } from './load-in-turn.ts';
import type { Slot } from './reference-key.ts';
import { DROP_KEPT_MS, type LevelListener, type SharedLevel } from './shared-level.ts';

const OFFER_AGAIN_MS = 200;
const MAX_OFFERS = 15;

export type HearingParts = {
  readonly clock: Clock;
  readonly level: SharedLevel;
  readonly levelOne: LevelOne;
  readonly flights: Flights;
  readonly loads: Loads;
  readonly observer: Pick<CacheObserver, 'linked'>;
};

/** What the first level does when something has changed in the shared one, and when that could go by unheard. */
export function hearChanges({ clock, level, levelOne, flights, loads, observer }: HearingParts): LevelListener {
  /** News of what this replica stored itself may be news of just that. */
  async function verify(entry: Entry): Promise<void> {
    const version = await level.version(entry.slot).catch(() => undefined);
    if (version !== entry.stored.version) levelOne.drop(entry.slot, entry);
  }

  function forget(slot: Slot): void {
    if (slot.date !== levelOne.today()) return;
    const entry = levelOne.findSlot(slot);
    if (entry?.isMine === true) void verify(entry);
    else levelOne.drop(slot);
  }

  /** What was loaded while nobody could be told is there for the others now, unless somebody dropped it in the meantime. */
  async function offer(entry: Entry): Promise<void> {
    const { slot, stored } = entry;
    const flight = createFlight({ slot, version: stored.version, load: async () => {}, isUsable: () => true });
    const isRecent = clock.now() - stored.loadedAt < DROP_KEPT_MS;
    if (isRecent && (await level.renew(slot, flight.wish))) await loads.share(flight, entry);
    else levelOne.drop(slot, entry);
  }

  /** The link may be there before Redis is known to answer. */
  async function offerSoon(entry: Entry): Promise<void> {
    for (let tries = 1; tries <= MAX_OFFERS; tries += 1) {
      try {
        await offer(entry);
        return;
      } catch {
        await clock.sleep(OFFER_AGAIN_MS);
      }
    }
  }

  return {
    changed(slot) {
      if (slot === undefined) levelOne.clear();
      else forget(slot);
      flights.touch(slot);
    },
    linked(isUp) {
      observer.linked(isUp);
      const own = levelOne.clear().filter(({ isShared }) => !isShared && (isUp || level.isAway));
      for (const entry of own) levelOne.put(entry);
      flights.touch(undefined);
      if (isUp) for (const entry of own) void offerSoon(entry);
    },
  };
}
