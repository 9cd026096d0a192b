import { Buffer } from 'node:buffer';
import type { Wanted } from '../broker.ts';
import { wantedKey } from '../quotes/market-feed.ts';
import { ChangeRate } from './change-rate.ts';
import { FEED_CHANNEL } from './messages.ts';
import type { FeedItem, FeedSubscription } from './messages.ts';

/** The broker's limits, with a margin on those it only hints at. */
export const MAX_FEED_ENTRIES = 25_000;
const MAX_CHANGES_PER_MINUTE = 9_000;
const MAX_FRAME_BYTES = 8 * 1024;
const MAX_FRAME_ITEMS = 1_000;
const FRAME_OVERHEAD_BYTES = 80;
/** A refusal does not say what it refuses: it is held against whatever was asked this recently and has not answered. */
const REFUSAL_WINDOW_MS = 5_000;

export type NextStep =
  | { readonly kind: 'send'; readonly frame: FeedSubscription }
  | { readonly kind: 'wait'; readonly ms: number };

/**
 * What should be subscribed, and what the server has yet to be told about it. Desired state, not a log of calls: an
 * entry added and removed before anything was sent leaves no trace, and a new connection is told the whole of it.
 */
export class Subscriptions {
  readonly #desired = new Map<string, Wanted>();
  readonly #adds = new Map<string, Wanted>();
  readonly #removes = new Map<string, Wanted>();
  /** What this connection's server has been told to send, and not to stop. */
  readonly #told = new Set<string>();
  readonly #unanswered = new Map<string, number>();
  readonly #rate = new ChangeRate(MAX_CHANGES_PER_MINUTE);
  #reset = true;

  get size(): number {
    return this.#desired.size;
  }

  /** False when there are as many entries as the broker allows on one connection. */
  add(wanted: Wanted): boolean {
    const key = wantedKey(wanted);
    if (this.#desired.has(key)) return true;
    if (this.#desired.size >= MAX_FEED_ENTRIES) return false;
    this.#desired.set(key, wanted);
    this.#adds.set(key, wanted);
    return true;
  }

  remove(wanted: Wanted): void {
    const key = wantedKey(wanted);
    if (!this.#desired.delete(key)) return;
    this.#unanswered.delete(key);
    this.#adds.delete(key);
    if (this.#told.has(key)) this.#removes.set(key, wanted);
  }

  /** A new connection: the server knows nothing, and is told everything. */
  restart(): void {
    this.#removes.clear();
    this.#told.clear();
    this.resync();
  }

  /** The same connection, but we may have missed something: the server is told everything anew. */
  resync(): void {
    this.#unanswered.clear();
    this.#adds.clear();
    for (const [key, wanted] of this.#desired) this.#adds.set(key, wanted);
    this.#reset = true;
  }

  answered(wanted: Wanted): void {
    this.#unanswered.delete(wantedKey(wanted));
  }

  /** The server refused a subscription: drops and returns the entries that it can have meant. */
  refuse(nowMs: number): readonly Wanted[] {
    const refused: Wanted[] = [];
    for (const [key, askedAtMs] of this.#unanswered) {
      const wanted = this.#desired.get(key);
      if (wanted !== undefined && nowMs - askedAtMs <= REFUSAL_WINDOW_MS) refused.push(wanted);
    }
    for (const wanted of refused) this.remove(wanted);
    return refused;
  }

  /** The next frame to send now, or how long to wait for the right to send it; `undefined` when all has been told. */
  next(nowMs: number): NextStep | undefined {
    const queue = this.#removes.size > 0 ? this.#removes : this.#adds;
    if (queue.size === 0) return undefined;
    const limit = Math.min(this.#rate.available(nowMs), MAX_FRAME_ITEMS);
    if (limit === 0) return { kind: 'wait', ms: this.#rate.waitMs(nowMs) };
    const taken = takeFrameful(queue, limit);
    this.#rate.spend(taken.length, nowMs);
    return { kind: 'send', frame: queue === this.#removes ? this.#removal(taken) : this.#addition(taken, nowMs) };
  }

  #addition(taken: readonly Wanted[], nowMs: number): FeedSubscription {
    const reset = this.#reset ? ({ reset: true } as const) : {};
    if (this.#reset) this.#told.clear();
    this.#reset = false;
    for (const wanted of taken) {
      this.#told.add(wantedKey(wanted));
      this.#unanswered.set(wantedKey(wanted), nowMs);
    }
    return { type: 'FEED_SUBSCRIPTION', channel: FEED_CHANNEL, ...reset, add: taken.map(toItem) };
  }

  #removal(taken: readonly Wanted[]): FeedSubscription {
    for (const wanted of taken) this.#told.delete(wantedKey(wanted));
    return { type: 'FEED_SUBSCRIPTION', channel: FEED_CHANNEL, remove: taken.map(toItem) };
  }
}

function toItem({ kind, symbol }: Wanted): FeedItem {
  return { type: kind, symbol };
}

/** Takes from the front of the queue what fits into one frame: at least one entry, at most `limit`. */
function takeFrameful(queue: Map<string, Wanted>, limit: number): readonly Wanted[] {
  const taken: Wanted[] = [];
  let bytes = FRAME_OVERHEAD_BYTES;
  for (const [key, wanted] of queue) {
    bytes += Buffer.byteLength(JSON.stringify(toItem(wanted))) + 1;
    if (taken.length === limit || (taken.length > 0 && bytes > MAX_FRAME_BYTES)) break;
    taken.push(wanted);
    queue.delete(key);
  }
  return taken;
}
