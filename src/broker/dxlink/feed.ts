import type { Clock } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import { createNamedTimers, type NamedTimers } from '../../core/named-timers.ts';
import { quoted } from '../../core/quoted.ts';
import type { Wanted } from '../broker.ts';
import type { FeedListener, FeedRun, MarketFeed } from '../quotes/market-feed.ts';
import type { UpstreamObserver } from '../upstream.ts';
import { Backoff } from './backoff.ts';
import { Connection } from './connection.ts';
import type { ConnectionEnd, ConnectionEvents } from './connection.ts';
import { EventDecoder } from './event-decoder.ts';
import { FeedToken } from './feed-token.ts';
import type { FeedTokenOptions } from './feed-token.ts';
import type { ServerError } from './messages.ts';
import type { OpenSocket } from './socket.ts';
import { Subscriptions } from './subscriptions.ts';

export type FeedOptions = {
  readonly fetchToken: FeedTokenOptions['fetch'];
  readonly openSocket: OpenSocket;
  readonly listener: FeedListener;
  /** The socket is closed when nothing has been subscribed for this long. */
  readonly idleCloseMs: number;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: UpstreamObserver;
};

/** Changes that come within this time of the last frame go out together. */
const BATCH_MS = 25;
/** A connection that lasted this long was a good one: the next fault starts the back-off from its beginning. */
const STABLE_MS = 30_000;
/** After frames that could not be read, everything is asked for again, at most this often. */
const RESYNC_EVERY_MS = 5_000;
const MAX_ERROR_NAME = 40;

type TimerName = 'pump' | 'retry' | 'resync' | 'idle' | 'renewal';

type Run = { unbroken: boolean; heardAtMs: number };

/**
 * - idle: no connection, and none wanted
 * - connecting: a token is being fetched, or a connection made
 * - live: connected, and told what to send
 * - waiting: the last attempt failed; the next comes after the back-off
 * - leaving: we are hanging up
 * - closed: for good
 */
type Phase = 'idle' | 'connecting' | 'live' | 'waiting' | 'leaving' | 'closed';

/**
 * One tenant's market data over at most one DXLink connection at a time. It connects when something is wanted, comes
 * back by itself for as long as anything is, and hangs up when nothing has been for a while.
 */
export class DxLinkFeed implements MarketFeed {
  readonly #options: FeedOptions;
  readonly #token: FeedToken;
  readonly #backoff: Backoff;
  readonly #subscriptions = new Subscriptions();
  readonly #ending = new AbortController();
  readonly #timers: NamedTimers<TimerName>;
  #phase: Phase = 'idle';
  #connection: Connection | undefined;
  #run: Run | undefined;
  #readyAtMs = 0;
  #hasServed = false;
  #pumpedAtMs = -Infinity;
  #resyncedAtMs = -Infinity;
  #unreadable = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#timers = createNamedTimers(options.clock);
    this.#token = new FeedToken({ fetch: options.fetchToken, clock: options.clock, ids: options.ids });
    this.#backoff = new Backoff(options.ids);
  }

  add(wanted: Wanted): boolean {
    if (this.#phase === 'closed' || !this.#subscriptions.add(wanted)) return false;
    this.#timers.cancel('idle');
    if (this.#phase === 'idle') void this.#connect();
    if (this.#phase === 'live') this.#pumpSoon();
    return true;
  }

  remove(wanted: Wanted): void {
    this.#subscriptions.remove(wanted);
    if (this.#phase === 'live') this.#pumpSoon();
  }

  run(): FeedRun | undefined {
    return this.#run;
  }

  async close(): Promise<void> {
    this.#phase = 'closed';
    this.#ending.abort();
    this.#timers.cancelAll();
    await this.#connection?.close();
  }

  async #connect(): Promise<void> {
    if (this.#phase === 'closed') return;
    this.#phase = this.#subscriptions.size === 0 ? 'idle' : 'connecting';
    if (this.#phase === 'idle') return;
    try {
      const { url, token } = await this.#token.get(this.#ending.signal);
      if (!this.#ending.signal.aborted) this.#open(url, token);
    } catch (error) {
      this.#onNoToken(error);
    }
  }

  #open(url: string, token: string): void {
    const { openSocket, clock, observer } = this.#options;
    const decoder = new EventDecoder();
    let opened = false;
    const events: ConnectionEvents = {
      opened: () => {
        opened = true;
        observer.feedSocket('opened');
      },
      ready: () => this.#onReady(),
      heard: () => this.#onHeard(),
      fields: (eventFields) => decoder.configure(eventFields),
      data: (data) => this.#onData(decoder, data),
      malformed: () => this.#onUnreadable(1),
      refused: (error) => this.#onRefused(error),
      ended: (why) => {
        if (opened) observer.feedSocket('closed');
        this.#onEnded(why);
      },
    };
    this.#connection = new Connection({ url, token, openSocket, clock, events });
  }

  #onNoToken(thrown: unknown): void {
    if (this.#phase === 'closed') return;
    const error = asGatewayError(thrown);
    this.#options.log.warn({ code: error.code }, 'no quote token for the market data feed');
    if (error.code !== 'reconnect_needed') {
      this.#retry(error.retryAfterMs);
      return;
    }
    this.#phase = 'idle';
    this.#options.listener.failed(error);
  }

  #onReady(): void {
    const { clock, log } = this.#options;
    this.#phase = 'live';
    this.#readyAtMs = clock.monotonicMs();
    this.#run = { unbroken: true, heardAtMs: this.#readyAtMs };
    this.#subscriptions.restart();
    log.info({ subscriptions: this.#subscriptions.size }, 'market data feed is ready');
    this.#timers.set('renewal', this.#token.renewalInMs(), () => void this.#hangUp());
    this.#pump();
  }

  #onHeard(): void {
    if (this.#run !== undefined) this.#run.heardAtMs = this.#options.clock.monotonicMs();
  }

  #onData(decoder: EventDecoder, data: readonly unknown[]): void {
    const { clock, listener, observer } = this.#options;
    const { events, unreadable } = decoder.decode(data, clock.now());
    if (unreadable > 0) this.#onUnreadable(unreadable);
    for (const event of events) {
      this.#subscriptions.answered(event);
      if (this.#run !== undefined) listener.event(event, this.#run);
    }
    if (events.length === 0) return;
    this.#hasServed = true;
    observer.feedEvents(events.length);
  }

  /** What could not be read may have changed any value: the run is over, and everything is asked for again. */
  #onUnreadable(count: number): void {
    this.#unreadable += count;
    if (this.#phase !== 'live') return;
    this.#interrupt();
    this.#run = { unbroken: true, heardAtMs: this.#options.clock.monotonicMs() };
    if (this.#timers.has('resync')) return;
    const sinceMs = this.#options.clock.monotonicMs() - this.#resyncedAtMs;
    this.#timers.set('resync', Math.max(0, RESYNC_EVERY_MS - sinceMs), () => this.#resync());
  }

  #resync(): void {
    this.#resyncedAtMs = this.#options.clock.monotonicMs();
    this.#options.log.warn({ unreadable: this.#unreadable }, 'market data could not be read; asking for it again');
    this.#subscriptions.resync();
    this.#pump();
  }

  #onRefused({ error }: ServerError): void {
    const refused = this.#subscriptions.refuse(this.#options.clock.monotonicMs());
    const facts = { error: quoted(error, MAX_ERROR_NAME), refused: refused.length };
    this.#options.log.warn(facts, 'the market data feed refused a request');
    this.#options.listener.refused(refused);
    this.#pumpSoon();
  }

  #onEnded(why: ConnectionEnd): void {
    const { clock, log } = this.#options;
    log.info({ why, unreadable: this.#unreadable }, 'market data connection has ended');
    if (this.#phase === 'live' && clock.monotonicMs() - this.#readyAtMs >= STABLE_MS) this.#backoff.reset();
    else if (this.#hasServed) this.#backoff.ease();
    this.#hasServed = false;
    if (why === 'unauthorized') this.#token.discard();
    this.#connection = undefined;
    for (const name of ['pump', 'resync', 'idle', 'renewal'] as const) this.#timers.cancel(name);
    this.#interrupt();
    if (this.#phase === 'connecting' || this.#phase === 'live') this.#retry();
  }

  /** Over without a fault: nobody needs the connection, or its token is due for renewal. */
  async #hangUp(): Promise<void> {
    this.#phase = 'leaving';
    await this.#connection?.close();
    await this.#connect();
  }

  #retry(atLeastMs = 0): void {
    const delayMs = Math.max(atLeastMs, this.#backoff.nextMs());
    this.#phase = 'waiting';
    this.#options.observer.feedSocket('reconnecting');
    this.#timers.set('retry', delayMs, () => void this.#connect());
  }

  #interrupt(): void {
    if (this.#run === undefined) return;
    this.#run.unbroken = false;
    this.#run = undefined;
    this.#options.listener.interrupted();
  }

  #pumpSoon(): void {
    if (this.#timers.has('pump')) return;
    const sinceMs = this.#options.clock.monotonicMs() - this.#pumpedAtMs;
    this.#timers.set('pump', Math.max(0, BATCH_MS - sinceMs), () => this.#pump());
  }

  /** Tells the server what it has yet to be told, as far as the rate of changes allows. */
  #pump(): void {
    const nowMs = this.#options.clock.monotonicMs();
    this.#pumpedAtMs = nowMs;
    let step = this.#subscriptions.next(nowMs);
    for (; step?.kind === 'send'; step = this.#subscriptions.next(nowMs)) this.#connection?.send(step.frame);
    if (step !== undefined) this.#timers.set('pump', step.ms, () => this.#pump());
    if (this.#subscriptions.size === 0) this.#timers.set('idle', this.#options.idleCloseMs, () => void this.#hangUp());
  }
}
