import type { Wanted } from '../../broker/broker.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Channels } from '../../fleet/channels.ts';
import { type Wants, readWants } from './feed-messages.ts';
import { Followers } from './followers.ts';
import { type PublishedMarket, Publisher } from './publisher.ts';
import type { RelayObserver } from './relay-observer.ts';

/** The owner's market, as its audience uses it. */
export type OwnedMarket = PublishedMarket & {
  /** False when the feed takes no more. What is subscribed already stays so. */
  subscribe(wanted: Wanted): boolean;
  /** Nobody else wants it. */
  unsubscribe(wanted: Wanted): void;
  /** Has the feed tell it anew. */
  refresh(wanted: Wanted): void;
  /** A follower has seen a higher epoch. */
  overtaken(epoch: number): void;
};

export type AudienceParts = {
  readonly tenant: string;
  readonly epoch: number;
  readonly market: OwnedMarket;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly observer: RelayObserver;
};

/** Followers hear at least this often that the owner lives, and how fresh its feed is. */
const BEAT_MS = 500;
/** A value told so lately is not asked for anew. */
const REFRESH_FLOOR_MS = 1000;

/** All who follow the owner under one epoch: takes what they want, and tells them what is new. */
export class Audience {
  readonly #parts: AudienceParts;
  readonly #followers: Followers;
  readonly #publisher: Publisher;
  readonly #beat: Timer;
  #leave: (() => void) | undefined;
  #isJoining = false;
  #isClosed = false;
  #size = 0;

  constructor(parts: AudienceParts) {
    this.#parts = parts;
    this.#followers = new Followers(parts.clock);
    this.#publisher = new Publisher(parts);
    this.#beat = parts.clock.every(BEAT_MS, () => this.#onBeat());
    void this.#join();
  }

  get size(): number {
    return this.#followers.size;
  }

  wants(key: string): boolean {
    return this.#followers.wants(key);
  }

  changed(key: string): void {
    if (this.#followers.wants(key)) this.#publisher.changed(key);
  }

  /** The run is over, or another one begins. */
  interrupted(): void {
    if (this.#followers.size > 0) this.#publisher.now();
  }

  refused(refused: readonly Wanted[]): void {
    this.#followers.drop(refused);
    if (this.#followers.size > 0) this.#publisher.refuse(refused);
  }

  failed(): void {
    if (this.#followers.size > 0) this.#publisher.fail();
  }

  close(): void {
    this.#isClosed = true;
    this.#beat.cancel();
    this.#publisher.close();
    this.#leave?.();
    this.#parts.observer.followers(-this.#size);
  }

  /** The first bulletin tells whoever listens that there is an owner. */
  async #join(): Promise<void> {
    if (this.#isJoining || this.#leave !== undefined) return;
    const { channels, tenant } = this.#parts;
    this.#isJoining = true;
    const leave = await channels
      .subscribe(
        { kind: 'feed-wants', owner: tenant },
        { message: (text) => this.#onMessage(text), gap: () => this.#publisher.now() },
      )
      .catch(() => undefined);
    this.#isJoining = false;
    if (this.#isClosed) {
      leave?.();
      return;
    }
    this.#leave = leave;
    this.#publisher.now();
  }

  #onMessage(text: string): void {
    const { tenant, epoch, market } = this.#parts;
    if (this.#isClosed || !market.mayPublish()) return;
    const message = readWants(text, tenant);
    if (message === undefined) return;
    if (message.epoch > epoch) market.overtaken(message.epoch);
    else this.#onWants(message);
  }

  #onWants(message: Wants): void {
    const { market } = this.#parts;
    const { added, orphaned, isUnclear } = this.#followers.hear(message);
    this.#count();
    for (const wanted of orphaned) market.unsubscribe(wanted);
    const refused = added.filter((wanted) => !market.subscribe(wanted));
    if (refused.length > 0) this.refused(refused);
    for (const wanted of message.isLost ? this.#followers.wantsOf(message.from) : added) this.#tell(wanted);
    for (const wanted of message.again) this.#tellAgain(wanted);
    this.#publisher.answer(message.from, message.atMs);
    if (isUnclear) this.#publisher.askAgain(message.from);
    else if (message.isLost || added.length > 0) this.#publisher.now();
  }

  #tell(wanted: Wanted): void {
    const key = wantedKey(wanted);
    if (this.#parts.market.values.has(key)) this.#publisher.tell(key);
  }

  #tellAgain(wanted: Wanted): void {
    const { market, clock } = this.#parts;
    const latest = market.values.get(wantedKey(wanted));
    if (latest !== undefined && clock.monotonicMs() - latest.receivedAtMs < REFRESH_FLOOR_MS) this.#tell(wanted);
    else market.refresh(wanted);
  }

  #onBeat(): void {
    const { market, clock } = this.#parts;
    for (const wanted of this.#followers.forgetSilent()) market.unsubscribe(wanted);
    this.#count();
    if (this.#leave === undefined) void this.#join();
    const quietMs = clock.monotonicMs() - this.#publisher.saidAtMs;
    if (this.#followers.size > 0 && quietMs >= BEAT_MS / 2) this.#publisher.now();
  }

  #count(): void {
    if (this.#followers.size === this.#size) return;
    this.#parts.observer.followers(this.#followers.size - this.#size);
    this.#size = this.#followers.size;
  }
}
