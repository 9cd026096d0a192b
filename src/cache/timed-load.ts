import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/errors.ts';
import { newYorkDayEnd } from '../core/new-york.ts';
import type { CacheObserver } from './cache-observer.ts';
import type { Flight } from './flight.ts';
import { type Outcome, type Stored, absence } from './stored.ts';

export type LoadTiming = {
  readonly clock: Clock;
  readonly observer: CacheObserver;
  readonly ttlMs: number;
  readonly absentMs: number;
};

type Reason = Parameters<CacheObserver['loaded']>[0]['reason'];

/** Loads what a flight is for, with the times that hold for it. Throws what the load threw, except that there is no such thing. */
export type TimedLoad = (flight: Flight, reason: Reason) => Promise<Stored>;

export function createTimedLoad({ clock, observer, ttlMs, absentMs }: LoadTiming): TimedLoad {
  return async (flight, reason) => {
    const loadedAt = clock.now();
    const startedMs = clock.monotonicMs();
    const took = (): number => clock.monotonicMs() - startedMs;
    try {
      const outcome = await outcomeOf(flight);
      const isValue = outcome.kind === 'value';
      observer.loaded({ reason, outcome: isValue ? 'ok' : 'absent', durationMs: took() });
      const lifeMs = Math.min(isValue ? ttlMs : absentMs, newYorkDayEnd(loadedAt) - loadedAt);
      return { version: flight.version, outcome, loadedAt, tookMs: took(), lifeMs };
    } catch (error) {
      observer.loaded({ reason, outcome: 'failed', durationMs: took() });
      throw error;
    }
  };
}

async function outcomeOf({ load, known }: Flight): Promise<Outcome> {
  try {
    return { kind: 'value', value: await load() };
  } catch (error) {
    // What is to be refreshed was there: it stays until its end, whatever is said of it now.
    if (known === undefined && hasCode(error, 'not_found')) return absence(error);
    throw error;
  }
}
