import type { Wanted } from '../../broker/broker.ts';
import type { MarketEvent } from '../../broker/model/quote.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import type { Channels } from '../../fleet/channels.ts';
import { type Bulletin, type ToldValue, writeBulletin } from './feed-messages.ts';
import type { RelayObserver } from './relay-observer.ts';

/** A value of the run that is on, and when this process received it (monotonic). */
export type Latest = { readonly event: MarketEvent; readonly receivedAtMs: number };

/** What there is to tell. */
export type PublishedMarket = {
  readonly values: ReadonlyMap<string, Latest>;
  /** 0 while no run is on. */
  runNumber(): number;
  /** How long ago the feed was last heard; 0 while no run is on. */
  silentMs(): number;
  room(): number;
  /** For how long from now this process surely has the right to. */
  leaseMs(): number;
  /** Whether this process may speak for the tenant at this very moment. */
  mayPublish(): boolean;
};

export type PublisherParts = {
  readonly tenant: string;
  readonly epoch: number;
  readonly market: PublishedMarket;
  readonly channels: Channels;
  readonly clock: Clock;
  readonly observer: RelayObserver;
};

/** Values are told at most this often. */
const TICK_MS = 100;
/** Answers may be told sooner. */
const ANSWER_MS = 10;
/** Kept small, so that no message holds up the others. */
const MAX_VALUES = 200;

/**
 * Tells followers what has changed: the newest value of each symbol, once in a tick, one message for all who listen. One
 * round at a time is under way, so that a slow store makes it tell less often, and never more later.
 */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #dirty = new Set<string>();
  #answers: Record<string, number> = {};
  readonly #unclear = new Set<string>();
  #refused: Wanted[] = [];
  #hasFailed = false;
  #seq = 0;
  #saidAtMs = -Infinity;
  #toldAtMs = -Infinity;
  #timer: Timer | undefined;
  #dueAtMs = Infinity;
  #isTelling = false;
  #isClosed = false;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Of the last message, monotonic. */
  get saidAtMs(): number {
    return this.#saidAtMs;
  }

  /** The value has changed. */
  changed(key: string): void {
    if (this.#dirty.has(key)) this.#parts.observer.conflated();
    this.tell(key);
  }

  /** Tells it with the next message, changed or not. */
  tell(key: string): void {
    this.#dirty.add(key);
    this.#soon(this.#toldAtMs + TICK_MS);
  }

  /** The next message answers this one of a follower's. */
  answer(follower: string, theirMs: number): void {
    this.#answers[follower] = theirMs;
  }

  askAgain(follower: string): void {
    this.#unclear.add(follower);
    this.now();
  }

  refuse(refused: readonly Wanted[]): void {
    this.#refused.push(...refused);
    this.now();
  }

  fail(): void {
    this.#hasFailed = true;
    this.now();
  }

  /** A message in any case, without waiting for the tick. */
  now(): void {
    this.#soon(this.#saidAtMs + ANSWER_MS);
  }

  /** Says good-bye: from here on nothing is known. That is true whoever has the right to speak. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    const nowMs = this.#parts.clock.monotonicMs();
    void this.#send({ ...this.#head(nowMs), run: 0, told: [], silentMs: 0 });
  }

  #soon(notBeforeMs: number): void {
    if (this.#isClosed) return;
    const { clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    const dueAtMs = Math.max(nowMs, notBeforeMs);
    if (dueAtMs >= this.#dueAtMs) return;
    this.#timer?.cancel();
    this.#dueAtMs = dueAtMs;
    this.#timer = clock.after(dueAtMs - nowMs, () => void this.#round());
  }

  async #round(): Promise<void> {
    // While one is under way its end brings the next.
    if (this.#isTelling) return;
    this.#dueAtMs = Infinity;
    this.#isTelling = true;
    await Promise.all(this.#bulletins().map((bulletin) => this.#publish(bulletin)));
    this.#isTelling = false;
    if (this.#dueAtMs === Infinity) return;
    this.#dueAtMs = Infinity;
    this.#soon(this.#saidAtMs + TICK_MS);
  }

  /** All that has changed by now, in as many parts as it takes; only the last says how fresh all of it is. */
  #bulletins(): Bulletin[] {
    const { market, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    const told: ToldValue[] = [];
    for (const key of this.#dirty) {
      const latest = market.values.get(key);
      if (latest !== undefined) told.push({ event: latest.event, ageMs: Math.max(0, nowMs - latest.receivedAtMs) });
    }
    this.#dirty.clear();
    this.#saidAtMs = nowMs;
    if (told.length > 0) this.#toldAtMs = nowMs;
    const parts = Math.max(1, Math.ceil(told.length / MAX_VALUES));
    return Array.from({ length: parts }, (_, part) => {
      const values = told.slice(part * MAX_VALUES, (part + 1) * MAX_VALUES);
      return { ...this.#head(nowMs), told: values, ...(part < parts - 1 ? {} : { silentMs: market.silentMs() }) };
    });
  }

  #head(nowMs: number): Omit<Bulletin, 'told' | 'silentMs'> {
    const { tenant, epoch, market } = this.#parts;
    this.#seq += 1;
    const head = {
      tenant,
      epoch,
      seq: this.#seq,
      atMs: nowMs,
      leaseMs: market.leaseMs(),
      run: market.runNumber(),
      room: market.room(),
      answers: this.#answers,
      unclear: [...this.#unclear],
      refused: this.#refused,
      hasFailed: this.#hasFailed,
    };
    this.#answers = {};
    this.#unclear.clear();
    this.#refused = [];
    this.#hasFailed = false;
    return head;
  }

  /** One that cannot be sent is missed by its number. */
  async #publish(bulletin: Bulletin): Promise<void> {
    if (!this.#isClosed && this.#parts.market.mayPublish()) await this.#send(bulletin);
  }

  async #send(bulletin: Bulletin): Promise<void> {
    const { channels, tenant, observer } = this.#parts;
    observer.bulletin(bulletin.told.length);
    await channels.publish({ kind: 'feed', owner: tenant }, writeBulletin(bulletin)).catch(() => {});
  }
}
