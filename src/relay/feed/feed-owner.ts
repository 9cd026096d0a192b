import type { Wanted } from '../../broker/broker.ts';
import { MAX_FEED_ENTRIES } from '../../broker/dxlink/subscriptions.ts';
import type { MarketEvent } from '../../broker/model/quote.ts';
import { wantedKey } from '../../broker/quotes/market-feed.ts';
import type { FeedListener, FeedRun, MarketFeed, OpenFeed } from '../../broker/quotes/market-feed.ts';
import type { GatewayError } from '../../core/errors.ts';
import { Audience, type OwnedMarket } from './audience.ts';
import type { FeedRole, RoleParts } from './feed-role.ts';
import { OwnRun } from './own-run.ts';
import type { Latest } from './publisher.ts';

/** The replica that has the tenant's one socket: it serves its own readers and, under an epoch, all others. */
export class FeedOwner implements FeedRole {
  readonly #parts: RoleParts;
  readonly #feed: MarketFeed;
  readonly #market: OwnedMarket;
  readonly #values = new Map<string, Latest>();
  readonly #subscribed = new Map<string, Wanted>();
  /** Wanted here no longer as of this moment: asked for again at once, it is to be told anew. */
  readonly #justLeft = new Set<string>();
  #audience: Audience | undefined;
  #current: { readonly run: FeedRun; readonly own: OwnRun } | undefined;
  #runNumber = 0;
  #isOver = false;

  constructor(parts: RoleParts, openOwn: OpenFeed) {
    this.#parts = parts;
    this.#market = this.#ownedMarket();
    this.#feed = openOwn(this.#listener());
    for (const wanted of parts.wanted.values()) this.#subscribe(wanted);
  }

  get followers(): number {
    return this.#audience?.size ?? 0;
  }

  /** Speaks to other replicas under this epoch from now on, or to none. */
  publishAs(epoch: number | undefined): void {
    this.#audience?.close();
    this.#audience = undefined;
    for (const wanted of this.#subscribed.values()) this.#unsubscribe(wanted);
    if (epoch === undefined) return;
    const { tenant, channels, clock, observer } = this.#parts;
    this.#audience = new Audience({ tenant, epoch, market: this.#market, channels, clock, observer });
  }

  add(wanted: Wanted): boolean {
    const key = wantedKey(wanted);
    const isKnown = this.#subscribed.has(key);
    if (isKnown && this.#justLeft.has(key)) this.#refresh(wanted);
    else if (isKnown) this.#parts.clock.after(0, () => this.#tellOwn(key));
    return this.#subscribe(wanted);
  }

  remove(wanted: Wanted): void {
    const key = wantedKey(wanted);
    this.#unsubscribe(wanted);
    if (this.#justLeft.size === 0) this.#parts.clock.after(0, () => this.#justLeft.clear());
    this.#justLeft.add(key);
  }

  run(): FeedRun | undefined {
    const run = this.#feed.run();
    return run === undefined || this.#isOver ? undefined : this.#enter(run);
  }

  /** Says nothing more from this moment; resolves when the socket is closed. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    const wasOn = this.run() !== undefined;
    this.#isOver = true;
    this.#audience?.close();
    if (wasOn) this.#parts.listener.interrupted();
    await this.#feed.close();
  }

  #ownedMarket(): OwnedMarket {
    const { clock, duty } = this.#parts;
    return {
      values: this.#values,
      runNumber: () => (this.run() === undefined ? 0 : this.#runNumber),
      silentMs: () => Math.max(0, clock.monotonicMs() - (this.run()?.heardAtMs ?? Infinity)),
      leaseMs: () => duty.leftMs(),
      room: () => MAX_FEED_ENTRIES - this.#subscribed.size,
      mayPublish: () => !this.#isOver && duty.isHeld(),
      subscribe: (wanted) => this.#subscribe(wanted),
      unsubscribe: (wanted) => this.#unsubscribe(wanted),
      refresh: (wanted) => this.#refresh(wanted),
      overtaken: (epoch) => duty.overtaken(epoch),
    };
  }

  #listener(): FeedListener {
    const speaking = (say: () => void): void => {
      if (!this.#isOver && this.#parts.duty.maySpeak()) say();
    };
    return {
      event: (event, run) => speaking(() => this.#onEvent(event, run)),
      interrupted: () => speaking(() => this.#onInterrupted()),
      refused: (wanted) => speaking(() => this.#onRefused(wanted)),
      failed: (error) => speaking(() => this.#onFailed(error)),
    };
  }

  #onEvent(event: MarketEvent, run: FeedRun): void {
    const { clock, pulse, listener } = this.#parts;
    const own = this.#enter(run);
    const receivedAtMs = pulse.arrivedMs(clock.monotonicMs());
    const key = wantedKey(event);
    if (this.#subscribed.has(key)) this.#values.set(key, { event, receivedAtMs });
    listener.event(event, own, receivedAtMs);
    this.#audience?.changed(key);
  }

  /** The run as its readers see it. A new one begins with nothing known. */
  #enter(run: FeedRun): OwnRun {
    if (this.#current?.run === run) return this.#current.own;
    const { duty, pulse } = this.#parts;
    const maySpeak = (): boolean => !this.#isOver && duty.maySpeak();
    const own = new OwnRun({ run, maySpeak, pulse });
    this.#current = { run, own };
    this.#runNumber += 1;
    this.#values.clear();
    return own;
  }

  #tellOwn(key: string): void {
    const latest = this.#values.get(key);
    const run = this.run();
    if (latest === undefined || run === undefined || !this.#parts.duty.maySpeak()) return;
    this.#parts.listener.event(latest.event, run, latest.receivedAtMs);
  }

  #onInterrupted(): void {
    this.#values.clear();
    this.#parts.listener.interrupted();
    this.#audience?.interrupted();
  }

  #onRefused(refused: readonly Wanted[]): void {
    for (const wanted of refused) this.#forget(wantedKey(wanted));
    this.#parts.listener.refused(refused);
    this.#audience?.refused(refused);
  }

  #onFailed(error: GatewayError): void {
    this.#values.clear();
    this.#parts.listener.failed(error);
    this.#audience?.failed();
  }

  #subscribe(wanted: Wanted): boolean {
    if (!this.#feed.add(wanted)) return false;
    this.#subscribed.set(wantedKey(wanted), wanted);
    return true;
  }

  /** As long as anybody wants it, here or elsewhere, it stays. */
  #unsubscribe(wanted: Wanted): void {
    const key = wantedKey(wanted);
    if (this.#parts.wanted.has(key) || this.#audience?.wants(key) === true) return;
    this.#forget(key);
    this.#feed.remove(wanted);
  }

  #refresh(wanted: Wanted): void {
    this.#values.delete(wantedKey(wanted));
    this.#feed.remove(wanted);
    this.#feed.add(wanted);
  }

  #forget(key: string): void {
    this.#subscribed.delete(key);
    this.#values.delete(key);
  }
}
