import type { Wanted } from '../../broker/broker.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import type { Clock } from '../../core/clock.ts';
import type { Wants } from './feed-messages.ts';
import { WantedSet } from './wanted-set.ts';

type Follower = { readonly wants: WantedSet; heardAtMs: number };

/** What a message of a follower has changed for all of them together. */
export type WantsChange = {
  /** Wanted by this one now, and not before; others may want it as well. */
  readonly added: readonly Wanted[];
  /** Wanted by nobody any more. */
  readonly orphaned: readonly Wanted[];
  /** What it is believed to want is not what it says: something was lost. */
  readonly isUnclear: boolean;
};

/** A follower that has been silent for so long is gone. */
const FORGET_MS = 4000;
const MAX_FOLLOWERS = 200;

/** Who follows this replica, and what each of them wants. */
export class Followers {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Follower>();
  readonly #counts = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  wants(key: string): boolean {
    return this.#counts.has(key);
  }

  wantsOf(id: string): Iterable<Wanted> {
    return this.#byId.get(id)?.wants.values() ?? [];
  }

  hear(message: Wants): WantsChange {
    if (message.isLeaving) return { added: [], orphaned: this.#forget(message.from), isUnclear: false };
    const follower = this.#byId.get(message.from) ?? this.#welcome(message.from);
    if (follower === undefined) return { added: [], orphaned: [], isUnclear: false };
    follower.heardAtMs = this.#clock.monotonicMs();
    const dropped = [...(message.reset ? follower.wants.values() : []), ...message.remove];
    const removed = dropped.filter((wanted) => this.#remove(follower, wanted));
    const added = message.add.filter((wanted) => this.#add(follower, wanted));
    return {
      added,
      orphaned: removed.filter((wanted) => !this.wants(wantedKey(wanted))),
      isUnclear: follower.wants.size !== message.size || follower.wants.digest !== message.digest,
    };
  }

  /** Forgets those that have not been heard for long. Returns what nobody wants any more. */
  forgetSilent(): readonly Wanted[] {
    const nowMs = this.#clock.monotonicMs();
    const silent = [...this.#byId].filter(([, { heardAtMs }]) => nowMs - heardAtMs > FORGET_MS);
    return silent.flatMap(([id]) => this.#forget(id));
  }

  /** The feed would not take these. */
  drop(refused: readonly Wanted[]): void {
    for (const follower of this.#byId.values()) for (const wanted of refused) this.#remove(follower, wanted);
  }

  #welcome(id: string): Follower | undefined {
    if (this.#byId.size >= MAX_FOLLOWERS) return undefined;
    const follower = { wants: new WantedSet(), heardAtMs: 0 };
    this.#byId.set(id, follower);
    return follower;
  }

  #forget(id: string): readonly Wanted[] {
    const follower = this.#byId.get(id);
    if (follower === undefined) return [];
    this.#byId.delete(id);
    const all = [...follower.wants.values()];
    for (const wanted of all) this.#remove(follower, wanted);
    return all.filter((wanted) => !this.wants(wantedKey(wanted)));
  }

  #add({ wants }: Follower, wanted: Wanted): boolean {
    if (!wants.add(wanted)) return false;
    const key = wantedKey(wanted);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return true;
  }

  #remove({ wants }: Follower, wanted: Wanted): boolean {
    if (!wants.delete(wanted)) return false;
    const key = wantedKey(wanted);
    const count = (this.#counts.get(key) ?? 0) - 1;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
    return true;
  }
}
