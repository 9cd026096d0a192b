import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Flights } from './flights.ts';
import type { Entry } from './level-one.ts';
import type { Loads } from './load-in-turn.ts';
import type { Read } from './seek.ts';
import { REFRESH_PAUSE_MS, type SharedLevel } from './shared-level.ts';

export type RefreshParts = {
  readonly clock: Clock;
  readonly log: Log;
  readonly level: SharedLevel;
  readonly flights: Flights;
  readonly loads: Loads;
  readonly read: Read;
};

/** Loads anew what is in use, once for all replicas. Never rejects; nobody waits for it, and what there is stays if it fails. */
export type Refresh = (entry: Entry, wish: Omit<Parameters<Flights['open']>[0], 'slot' | 'known'>) => Promise<void>;

export function createRefresh({ clock, log, level, flights, loads, read }: RefreshParts): Refresh {
  return async (entry, wish) => {
    entry.refreshAtMs = clock.monotonicMs() + REFRESH_PAUSE_MS;
    const flight = flights.open({ ...wish, slot: entry.slot, known: entry.stored.version });
    try {
      const turn = await level.begin(flight.slot, flight.wish);
      if (turn.kind === 'load') await loads.inTurn(flight);
      if (turn.kind === 'stored') await read(flight);
    } catch (error) {
      log.info({ error }, 'A shared value could not be refreshed, and is used on');
    } finally {
      flights.close(flight);
    }
  };
}
