import type { Clock, Timer } from '../../core/clock.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { MissingReason, Wanted } from '../broker.ts';
import type { MarketEvent } from '../model/quote.ts';
import { wantedKey } from './market-feed.ts';
import type { FeedRun, MarketFeed, OpenFeed } from './market-feed.ts';

/** A value as it was received. It is current for as long as its run is unbroken. */
export type Held = { readonly event: MarketEvent; readonly receivedAtMs: number; readonly run: FeedRun };

/** Who wants one kind of event of one symbol: a waiting read, or a stream. Called at once, in the order of arrival. */
export type Watcher = {
  /** A new value: at every change, for as long as it is held. */
  value(held: Held): void;
  /** There will be none: the hold is over. */
  missing(reason: MissingReason): void;
  /** The tenant's login is gone: the hold is over. */
  failed(error: GatewayError): void;
};

/** A reference on a subscription. */
export type Hold = {
  /** The value in memory, if it is known to be current. */
  current(): Held | undefined;
  /** Forgets the value and has the feed tell it again. */
  refresh(): void;
  /** Gives the reference back. Idempotent. */
  release(): void;
};

export type QuoteHubOptions = {
  readonly openFeed: OpenFeed;
  /** How long a subscription outlives its last holder, so that the next one is answered from memory. */
  readonly lingerMs: number;
  readonly clock: Clock;
};

type Entry = { readonly wanted: Wanted; readonly watchers: Set<Watcher>; held: Held | undefined; idleSinceMs: number };

/**
 * Ref-counted subscriptions of one tenant with the last value of each. A value leaves it only while nothing can have
 * been missed since it came; after any gap the holders wait for the next one.
 */
export class QuoteHub {
  readonly #options: QuoteHubOptions;
  readonly #feed: MarketFeed;
  readonly #entries = new Map<string, Entry>();
  /** Those without holders, longest idle first. */
  readonly #idle = new Map<string, Entry>();
  #sweep: Timer | undefined;
  #closed = false;

  constructor(options: QuoteHubOptions) {
    this.#options = options;
    this.#feed = options.openFeed({
      event: (event, run, receivedAtMs) => this.#onEvent(event, run, receivedAtMs),
      interrupted: () => this.#onInterrupted(),
      refused: (wanted) => this.#onRefused(wanted),
      failed: (error) => this.#dropAll((watcher) => watcher.failed(error)),
    });
  }

  /** Whether the feed tells of changes now. */
  get isLive(): boolean {
    return this.#feed.run() !== undefined;
  }

  /** Subscribes, unless somebody has already. A string says why it is not possible. */
  hold(wanted: Wanted, watcher: Watcher): Hold | MissingReason {
    if (this.#closed) return 'feed-unavailable';
    const key = wantedKey(wanted);
    const entry = this.#entries.get(key) ?? this.#subscribe(key, wanted);
    if (entry === undefined) return 'too-many-symbols';
    this.#idle.delete(key);
    entry.watchers.add(watcher);
    return {
      current: () => (entry.held?.run.unbroken === true ? entry.held : undefined),
      refresh: () => this.#refresh(entry),
      release: () => this.#release(key, entry, watcher),
    };
  }

  /** Ends every hold and the feed. Idempotent, bounded to a second. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep?.cancel();
    this.#dropAll((watcher) => watcher.missing('feed-unavailable'));
    await this.#feed.close();
  }

  /** Room for a new entry is made at the cost of those that nobody holds. */
  #subscribe(key: string, wanted: Wanted): Entry | undefined {
    while (!this.#feed.add(wanted)) {
      const [idlest] = this.#idle.values();
      if (idlest === undefined) return undefined;
      this.#drop(idlest);
    }
    const entry: Entry = { wanted, watchers: new Set(), held: undefined, idleSinceMs: 0 };
    this.#entries.set(key, entry);
    return entry;
  }

  #release(key: string, entry: Entry, watcher: Watcher): void {
    if (!entry.watchers.delete(watcher) || entry.watchers.size > 0) return;
    if (this.#entries.get(key) !== entry) return;
    entry.idleSinceMs = this.#options.clock.monotonicMs();
    this.#idle.set(key, entry);
    this.#sweep ??= this.#options.clock.after(this.#options.lingerMs, () => this.#dropIdle());
  }

  #refresh(entry: Entry): void {
    if (entry.held === undefined || this.#entries.get(wantedKey(entry.wanted)) !== entry) return;
    entry.held = undefined;
    this.#feed.remove(entry.wanted);
    this.#feed.add(entry.wanted);
  }

  #onEvent(event: MarketEvent, run: FeedRun, receivedAtMs = this.#options.clock.monotonicMs()): void {
    const entry = this.#entries.get(wantedKey(event));
    if (entry === undefined) return;
    const held: Held = { event, receivedAtMs, run };
    entry.held = held;
    for (const watcher of entry.watchers) watcher.value(held);
  }

  /** What nobody holds is not worth asking for again. */
  #onInterrupted(): void {
    for (const entry of this.#idle.values()) this.#drop(entry);
  }

  #onRefused(refused: readonly Wanted[]): void {
    for (const wanted of refused) {
      const entry = this.#entries.get(wantedKey(wanted));
      if (entry !== undefined) this.#drop(entry, (watcher) => watcher.missing('subscription-refused'));
    }
  }

  #dropIdle(): void {
    const { clock, lingerMs } = this.#options;
    this.#sweep = undefined;
    for (const entry of this.#idle.values()) {
      const leftMs = entry.idleSinceMs + lingerMs - clock.monotonicMs();
      if (leftMs > 0) {
        this.#sweep = clock.after(leftMs, () => this.#dropIdle());
        return;
      }
      this.#drop(entry);
    }
  }

  #dropAll(tell: (watcher: Watcher) => void): void {
    for (const entry of this.#entries.values()) this.#drop(entry, tell);
  }

  #drop(entry: Entry, tell?: (watcher: Watcher) => void): void {
    const key = wantedKey(entry.wanted);
    this.#entries.delete(key);
    this.#idle.delete(key);
    this.#feed.remove(entry.wanted);
    const watchers = [...entry.watchers];
    entry.watchers.clear();
    if (tell !== undefined) for (const watcher of watchers) tell(watcher);
  }
}
