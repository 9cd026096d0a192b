import type { Clock } from '../core/clock.ts';
import type { CacheObserver } from './cache-observer.ts';
import { failureError } from './failure.ts';
import type { Flight } from './flight.ts';
import type { Keep } from './keep.ts';
import type { LevelOne } from './level-one.ts';
import type { Loads } from './load-in-turn.ts';
import { type Patiently, Unreachable } from './patience.ts';
import type { SharedLevel } from './shared-level.ts';
import type { Outcome, Stored } from './stored.ts';

export type Found = { readonly outcome: Outcome; readonly from: 'shared' | 'waited' | 'loaded' };

/** Finds what the first level does not have, or no longer trusts: one load for all replicas. Throws what the load threw. */
export type Seek = (flight: Flight) => Promise<Found>;

export type SeekParts = {
  readonly clock: Clock;
  readonly observer: CacheObserver;
  readonly level: SharedLevel;
  readonly levelOne: LevelOne;
  readonly keep: Keep;
  readonly loads: Loads;
  readonly patiently: Patiently;
  readonly read: Read;
};

/** News may get lost: whoever waits looks at least so often. */
const POLL_MS = 250;
const AFTER_TURN_MS = 20;
const MAX_READS = 3;

/** What is in the shared level, kept here unless it changed while it was read. */
export type Read = (flight: Flight) => Promise<Stored | undefined>;

export function createRead({ level, keep, patiently }: Pick<SeekParts, 'level' | 'keep' | 'patiently'>): Read {
  return async (flight) => {
    const { slot, isUsable } = flight;
    for (let reads = 1; ; reads += 1) {
      flight.isTouched = false;
      const stored = await patiently(() => level.read(slot, isUsable));
      if (stored === undefined) return undefined;
      if (!flight.isTouched && !flight.isLost) keep.read(slot, stored);
      if (!flight.isTouched || reads === MAX_READS) return stored;
    }
  };
}

export function createSeek(parts: SeekParts): Seek {
  const { clock, observer, level, levelOne, keep, loads, patiently, read } = parts;

  /** What this replica has and no longer trusts, if it is still what all have: that is less to carry. */
  async function prove(flight: Flight): Promise<Stored | undefined> {
    const { slot } = flight;
    const entry = levelOne.findSlot(slot);
    if (entry === undefined) return undefined;
    flight.isTouched = false;
    const version = await patiently(() => level.version(slot));
    if (version === entry.stored.version && !flight.isTouched) {
      keep.trust(entry);
      return entry.stored;
    }
    levelOne.drop(slot, entry);
    return undefined;
  }

  async function takeTurns(flight: Flight): Promise<Found> {
    const { slot, wish } = flight;
    const startedMs = clock.monotonicMs();
    let joined: string | undefined;
    for (;;) {
      const news = flight.news();
      const turn = await patiently(() => level.begin(slot, { ...wish, ...(joined === undefined ? {} : { joined }) }));
      if (joined !== undefined && turn.kind !== 'busy') observer.waited(clock.monotonicMs() - startedMs);
      switch (turn.kind) {
        case 'load':
          return { outcome: await loads.inTurn(flight), from: 'loaded' };
        case 'stored': {
          const stored = await read(flight);
          if (stored !== undefined)
            return { outcome: stored.outcome, from: joined === undefined ? 'shared' : 'waited' };
          break;
        }
        case 'failed':
          throw failureError(turn.failure);
        case 'busy':
          joined = turn.flight;
          await Promise.race([news, clock.sleep(Math.min(turn.leftMs + AFTER_TURN_MS, POLL_MS))]);
      }
    }
  }

  async function together(flight: Flight): Promise<Found> {
    const stored = (await prove(flight)) ?? (await read(flight));
    return stored === undefined ? takeTurns(flight) : { outcome: stored.outcome, from: 'shared' };
  }

  return async (flight) => {
    try {
      return await together(flight);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      return { outcome: await loads.alone(flight), from: 'loaded' };
    }
  };
}
