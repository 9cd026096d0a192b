import { atMost } from '../core/at-most.ts';
import type { Clock } from '../core/clock.ts';
import { toFailure } from './failure.ts';
import type { Flight } from './flight.ts';
import type { Keep } from './keep.ts';
import type { Entry, LevelOne } from './level-one.ts';
import type { Patiently } from './patience.ts';
import type { SharedLevel } from './shared-level.ts';
import type { Outcome } from './stored.ts';
import { type LoadTiming, createTimedLoad } from './timed-load.ts';

/** Loads, and shares what came of it. */
export type Loads = {
  /** With the turn, which is held until the outcome is shared. Throws what the load threw, except that there is no such thing. */
  inTurn(flight: Flight): Promise<Outcome>;
  /** For this replica only. */
  alone(flight: Flight): Promise<Outcome>;
  /** Puts what this replica keeps into the shared level, with the turn. */
  share(flight: Flight, entry: Entry): Promise<void>;
};

export type LoadParts = LoadTiming & {
  readonly level: SharedLevel;
  readonly levelOne: LevelOne;
  readonly keep: Keep;
  readonly patiently: Patiently;
  /** Whether a failure says nothing about what was loaded: another caller may fare better. */
  readonly isCallersOwn: (error: unknown) => boolean;
  /** The flight's value is nobody's any more; nobody else may join it. */
  readonly onLost: (flight: Flight) => void;
};

export function createLoads(parts: LoadParts): Loads {
  const { clock, level, levelOne, keep, patiently, isCallersOwn } = parts;
  const load = createTimedLoad(parts);

  async function store({ slot, wish }: Flight, entry: Entry): Promise<void> {
    try {
      entry.isShared = await patiently(() => level.store(slot, wish, entry.stored));
      // Only what is still in the first level: it may have been dropped since, and news of that may have come first.
      if (entry.isShared) keep.trust(entry);
      else levelOne.drop(slot, entry);
    } catch {
      keep.trust(entry);
    }
  }

  async function tellFailure({ slot, wish, known }: Flight, error: unknown): Promise<void> {
    const failure = known === undefined && isCallersOwn(error) ? undefined : toFailure(error);
    await patiently(() => level.fail(slot, wish, failure)).catch(() => {});
  }

  return {
    async inTurn(flight) {
      const letGo = holdTurn(flight, parts);
      try {
        const stored = await load(flight, flight.known === undefined ? 'cold' : 'refresh');
        if (flight.isLost) letGo();
        else {
          const storing = store(flight, keep.loaded(flight.slot, stored)).finally(letGo);
          await atMost(clock, MAX_STORING_MS, storing);
        }
        return stored.outcome;
      } catch (error) {
        // First: to renew a turn that was given back would be to take it again.
        letGo();
        void tellFailure(flight, error);
        throw error;
      }
    },
    async alone(flight) {
      const stored = await load(flight, 'alone');
      if (!flight.isLost) keep.trust(keep.loaded(flight.slot, stored));
      return stored.outcome;
    },
    async share(flight, entry) {
      const letGo = holdTurn(flight, parts);
      await store(flight, entry).finally(letGo);
    },
  };
}

/**
 * Those who wait are answered when the other replicas can be too: hundreds that go on at once may keep this process from anything
 * else for longer than its turn lasts. But not later than this.
 */
const MAX_STORING_MS = 300;
const RENEW_EVERY_MS = 300;
/** No load takes so long; one that does lets others try. */
const MAX_TURN_MS = 60_000;

type Holding = Pick<LoadParts, 'level' | 'onLost'> & { readonly clock: Clock };

/** Renews a turn until it is let go, and learns of its loss. Returns how to let go. */
function holdTurn(flight: Flight, { clock, level, onLost }: Holding): () => void {
  const startedMs = clock.monotonicMs();
  const heard = (isHeld: boolean): void => {
    if (!isHeld) onLost(flight);
  };
  const renew = (): void => {
    if (clock.monotonicMs() - startedMs > MAX_TURN_MS) return;
    level.renew(flight.slot, flight.wish).then(heard, () => {});
  };
  const timer = clock.every(RENEW_EVERY_MS, renew);
  flight.check = renew;
  return () => {
    timer.cancel();
    flight.check = undefined;
  };
}
