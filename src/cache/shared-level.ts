import type { Failure } from './failure.ts';
import type { Slot } from './reference-key.ts';
import type { Stored } from './stored.ts';

/** Whose load a turn is for, and what its asker has seen of it. */
export type TurnWish = {
  /** The version that the load will have. */
  readonly flight: string;
  /** The version that is to be refreshed; any other is news. */
  readonly known?: string;
  /** The flight that was waited for. */
  readonly joined?: string;
};

export type Turn =
  /** The asker loads, and nobody else. */
  | { readonly kind: 'load' }
  /** There is a value that the asker has not. */
  | { readonly kind: 'stored' }
  /** Another loads; if no more is heard of it, not for longer than `leftMs`. */
  | { readonly kind: 'busy'; readonly flight: string; readonly leftMs: number }
  /** The flight that was waited for failed, and the chain was the reason. */
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Told after the fact, in any order, to every replica, the one that did it included. */
export type LevelListener = {
  /** A value was stored, dropped or ran out, or a load ended. `undefined`: anything may have. */
  readonly changed: (slot: Slot | undefined) => void;
  /** False as soon as changes may go by untold; true when they are told again. */
  readonly linked: (isUp: boolean) => void;
};

/**
 * The second level: what all replicas keep together, and whose turn it is to load. A turn is its holder's for as long as it is
 * renewed and nobody drops what is loaded. Everything throws `coordination_unavailable`.
 */
export type SharedLevel = {
  /** It cannot be asked at the moment. */
  readonly isAway: boolean;
  /** For how long a replica may use what it has without asking again. */
  readonly trustMs: number;
  /** What is there. What nobody can use is removed, and is not there. */
  read(slot: Slot, isUsable: (stored: Stored) => boolean): Promise<Stored | undefined>;
  version(slot: Slot): Promise<string | undefined>;
  begin(slot: Slot, wish: TurnWish): Promise<Turn>;
  /** False when the turn is over: somebody dropped the chain, or has stored another. */
  renew(slot: Slot, wish: TurnWish): Promise<boolean>;
  /** Ends the turn with a value. False when it was over before; then nothing is stored. Once stored, it stays true. */
  store(slot: Slot, wish: TurnWish, stored: Stored): Promise<boolean>;
  /** Ends the turn without one. With a `failure`, those who waited are told it; without, the next of them has a turn. */
  fail(slot: Slot, wish: TurnWish, failure?: Failure): Promise<void>;
  /** Removes what is there, and whatever is being loaded is not stored. */
  drop(slot: Slot): Promise<void>;
  watch(listener: LevelListener): () => void;
  close(): void;
};

/** A turn that is not renewed passes on after this. */
export const TURN_MS = 1500;
/** Those who waited learn of a failure for so long; one that was to refresh a value keeps others from it for longer. */
export const FAILURE_KEPT_MS = 5000;
export const REFRESH_PAUSE_MS = 60_000;
/** Longer than any load: a load that began before a drop finds that it was dropped. */
export const DROP_KEPT_MS = 120_000;
