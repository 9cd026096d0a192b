import type { Wanted } from '../../broker/broker.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import { WantedSet } from './wanted-set.ts';

/** One message's worth of changes, and the set as it stands after them. */
export type WantsPart = {
  readonly reset: boolean;
  readonly add: readonly Wanted[];
  readonly remove: readonly Wanted[];
  readonly again: readonly Wanted[];
  readonly size: number;
  readonly digest: number;
};

const MAX_ITEMS = 400;

/** What the owner has been told that we want, and has yet to be told. Desired state, not a log of calls. */
export class ToldWants {
  readonly #told = new WantedSet();
  readonly #toldAtMs = new Map<string, number>();
  readonly #adds = new Map<string, Wanted>();
  readonly #removes = new Map<string, Wanted>();
  readonly #again = new Map<string, Wanted>();
  #isReset = true;

  /** How many the owner has not heard of. */
  get unheard(): number {
    return this.#adds.size;
  }

  get hasNews(): boolean {
    return this.#isReset || this.#adds.size + this.#removes.size + this.#again.size > 0;
  }

  isTold(key: string): boolean {
    return this.#told.has(key);
  }

  /** Whether it is in what was told until then: only what the owner knows that we want does it keep telling us. */
  wasToldBy(key: string, atMs: number): boolean {
    return (this.#toldAtMs.get(key) ?? Infinity) <= atMs;
  }

  /** What was just given up and is wanted again is wanted anew. */
  add(wanted: Wanted): void {
    const key = wantedKey(wanted);
    if (this.#removes.delete(key)) this.#again.set(key, wanted);
    else if (!this.#told.has(key)) this.#adds.set(key, wanted);
  }

  remove(wanted: Wanted): void {
    const key = wantedKey(wanted);
    this.#adds.delete(key);
    this.#again.delete(key);
    if (this.#told.has(key)) this.#removes.set(key, wanted);
  }

  /** Somebody may know nothing of it, or something else: all is told anew. */
  restart(all: Iterable<Wanted>): void {
    this.#told.clear();
    this.#toldAtMs.clear();
    this.#removes.clear();
    this.#again.clear();
    this.#adds.clear();
    for (const wanted of all) this.#adds.set(wantedKey(wanted), wanted);
    this.#isReset = true;
  }

  /** The next message, at this time; with nothing in it when all has been told. */
  next(atMs: number): WantsPart {
    const remove = take(this.#removes);
    const add = take(this.#adds);
    const again = take(this.#again);
    for (const wanted of remove) {
      this.#told.delete(wanted);
      this.#toldAtMs.delete(wantedKey(wanted));
    }
    for (const wanted of add) {
      this.#told.add(wanted);
      this.#toldAtMs.set(wantedKey(wanted), atMs);
    }
    const reset = this.#isReset;
    this.#isReset = false;
    return { reset, add, remove, again, size: this.#told.size, digest: this.#told.digest };
  }
}

function take(queue: Map<string, Wanted>): readonly Wanted[] {
  const taken = [...queue].slice(0, MAX_ITEMS);
  for (const [key] of taken) queue.delete(key);
  return taken.map(([, wanted]) => wanted);
}
