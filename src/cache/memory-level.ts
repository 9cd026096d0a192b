import type { Clock } from '../core/clock.ts';
import type { Failure } from './failure.ts';
import type { Slot } from './reference-key.ts';
import {
  DROP_KEPT_MS,
  FAILURE_KEPT_MS,
  REFRESH_PAUSE_MS,
  TURN_MS,
  type LevelListener,
  type SharedLevel,
  type Turn,
  type TurnWish,
} from './shared-level.ts';
import type { Stored } from './stored.ts';
import { type TimedMap, createTimedMap } from './timed-map.ts';

const SWEEP_MS = 60_000;

/** How the loads of one slot are. */
type State =
  | { readonly kind: 'run'; readonly flight: string }
  | { readonly kind: 'failed'; readonly flight: string; readonly failure: Failure }
  | { readonly kind: 'dropped' };

type Maps = { readonly values: TimedMap<Stored>; readonly states: TimedMap<State> };

const keyOf = ({ id, date }: Slot): string => `${date}/${id}`;

/** Within this process, by reference: for one replica on its own, and for what runs several in one. */
export function createMemoryLevel(clock: Clock, maxEntries: number): SharedLevel {
  const values = createTimedMap<Stored>(clock, maxEntries);
  const states = createTimedMap<State>(clock, maxEntries);
  const maps = { values, states };
  const listeners = new Set<LevelListener>();
  const sweeper = clock.every(SWEEP_MS, () => {
    values.sweep();
    states.sweep();
  });
  const tell = (slot: Slot): void => {
    for (const { changed } of listeners) changed(slot);
  };

  return {
    isAway: false,
    trustMs: Number.POSITIVE_INFINITY,
    async read(slot, isUsable) {
      const stored = values.get(keyOf(slot));
      if (stored === undefined || isUsable(stored)) return stored;
      values.remove(keyOf(slot));
      tell(slot);
      return undefined;
    },
    version: async (slot) => values.get(keyOf(slot))?.version,
    begin: async (slot, wish) => beginTurn(maps, keyOf(slot), wish),
    async renew(slot, wish) {
      if (values.get(keyOf(slot))?.version === wish.flight) return true;
      if (!isHeld(maps, keyOf(slot), wish)) return false;
      states.set(keyOf(slot), { kind: 'run', flight: wish.flight }, TURN_MS);
      return true;
    },
    async store(slot, wish, stored) {
      if (values.get(keyOf(slot))?.version === wish.flight) return true;
      if (!isHeld(maps, keyOf(slot), wish)) return false;
      values.set(keyOf(slot), stored, stored.lifeMs);
      states.remove(keyOf(slot));
      tell(slot);
      return true;
    },
    async fail(slot, wish, failure) {
      if (!isHeld(maps, keyOf(slot), wish)) return;
      const keptMs = wish.known === undefined ? FAILURE_KEPT_MS : REFRESH_PAUSE_MS;
      if (failure === undefined) states.remove(keyOf(slot));
      else states.set(keyOf(slot), { kind: 'failed', flight: wish.flight, failure }, keptMs);
      tell(slot);
    },
    async drop(slot) {
      values.remove(keyOf(slot));
      states.set(keyOf(slot), { kind: 'dropped' }, DROP_KEPT_MS);
      tell(slot);
    },
    watch(listener) {
      listeners.add(listener);
      listener.linked(true);
      return () => void listeners.delete(listener);
    },
    close: () => sweeper.cancel(),
  };
}

function beginTurn({ values, states }: Maps, key: string, { flight, known, joined }: TurnWish): Turn {
  const version = values.get(key)?.version;
  if (version !== undefined && version !== known) return { kind: 'stored' };
  const state = states.get(key);
  if (state?.kind === 'failed') {
    if (state.flight === joined) return { kind: 'failed', failure: state.failure };
    // What there is stays in use, and is let alone for a while.
    if (known !== undefined) return { kind: 'busy', flight: state.flight, leftMs: states.leftMs(key) };
  }
  if (state?.kind === 'run' && state.flight !== flight) {
    return { kind: 'busy', flight: state.flight, leftMs: states.leftMs(key) };
  }
  states.set(key, { kind: 'run', flight }, TURN_MS);
  return { kind: 'load' };
}

/** A turn that ran out, and that nobody else has taken, is still its holder's. */
function isHeld({ values, states }: Maps, key: string, { flight, known }: TurnWish): boolean {
  const version = values.get(key)?.version;
  const state = states.get(key);
  return (version === undefined || version === known) && (state === undefined || ownRun(state, flight));
}

const ownRun = (state: State, flight: string): boolean => state.kind === 'run' && state.flight === flight;
