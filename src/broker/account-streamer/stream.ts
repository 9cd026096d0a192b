import type { Clock, Timer } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import { quoted } from '../../core/quoted.ts';
import { Backoff } from '../dxlink/backoff.ts';
import type { OpenSocket } from '../dxlink/socket.ts';
import type { AccountNumber } from '../model/symbol.ts';
import type { UpstreamObserver } from '../upstream.ts';
import { Connection } from './connection.ts';
import type { ConnectionEnd, ConnectionEvents, StreamTokens } from './connection.ts';
import type { StreamEvent } from './messages.ts';

export type StreamListener = {
  /** From here on everything is heard. What happened before is not told by the broker. */
  live(): void;
  event(event: StreamEvent): void;
  /** A message could not be read: what it said is lost. */
  unreadable(): void;
  /** What happens is not heard until the next `live`. */
  lost(): void;
  /** It has given up, with what `reconnect_needed` says. Nothing comes after it. */
  failed(error: GatewayError): void;
};

/** News of a tenant's accounts over at most one connection at a time; it comes back by itself until it is closed. */
export type AccountStream = {
  /** Idempotent, bounded to a second. */
  close(): Promise<void>;
};

export type StreamOptions = {
  readonly url: string;
  readonly accounts: readonly AccountNumber[];
  readonly tokens: StreamTokens;
  readonly openSocket: OpenSocket;
  readonly listener: StreamListener;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: UpstreamObserver;
};

/** A connection that lasted this long was a good one: the next fault starts the back-off from its beginning. */
const STABLE_MS = 30_000;
const MAX_SAID = 60;

export class LiveAccountStream implements AccountStream {
  readonly #options: StreamOptions;
  readonly #backoff: Backoff;
  readonly #ending = new AbortController();
  #connection: Connection | undefined;
  #retrying: Timer | undefined;
  #liveSinceMs: number | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.ids);
    void this.#connect();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#retrying?.cancel();
    await this.#connection?.close();
  }

  async #connect(): Promise<void> {
    try {
      const token = await this.#options.tokens.current({ signal: this.#ending.signal });
      if (!this.#ending.signal.aborted) this.#open(token);
    } catch (error) {
      this.#onNoToken(error);
    }
  }

  #open(token: string): void {
    const { url, accounts, tokens, openSocket, clock, listener, observer } = this.#options;
    let opened = false;
    const events: ConnectionEvents = {
      opened: () => {
        opened = true;
        observer.streamerSocket('opened');
      },
      live: () => this.#onLive(),
      event: (event) => {
        observer.streamerMessage(event.kind);
        listener.event(event);
      },
      skipped: () => observer.streamerMessage('skipped'),
      malformed: () => this.#onMalformed(),
      refused: (said) =>
        this.#options.log.warn({ said: quoted(said, MAX_SAID) }, 'the account stream refused a request'),
      ended: (why) => {
        if (opened) observer.streamerSocket('closed');
        this.#onEnded(why);
      },
    };
    this.#connection = new Connection({ url, accounts, token, tokens, openSocket, clock, events });
  }

  #onNoToken(thrown: unknown): void {
    if (this.#ending.signal.aborted) return;
    const error = asGatewayError(thrown);
    this.#options.log.warn({ code: error.code }, 'no access token for the account stream');
    if (error.code === 'reconnect_needed') this.#options.listener.failed(error);
    else this.#retry(error.retryAfterMs);
  }

  #onLive(): void {
    this.#liveSinceMs = this.#options.clock.monotonicMs();
    this.#options.log.info({ accounts: this.#options.accounts.length }, 'account stream is live');
    this.#options.listener.live();
  }

  #onMalformed(): void {
    this.#options.observer.streamerMessage('malformed');
    this.#options.log.warn({}, 'a message of the account stream could not be read');
    this.#options.listener.unreadable();
  }

  #onEnded(why: ConnectionEnd): void {
    const { clock, log, listener } = this.#options;
    const liveSinceMs = this.#liveSinceMs;
    this.#connection = undefined;
    this.#liveSinceMs = undefined;
    log.info({ why }, 'account stream connection has ended');
    if (liveSinceMs !== undefined) {
      if (clock.monotonicMs() - liveSinceMs >= STABLE_MS) this.#backoff.reset();
      else this.#backoff.ease();
      listener.lost();
    }
    if (!this.#ending.signal.aborted) this.#retry();
  }

  #retry(atLeastMs = 0): void {
    this.#options.observer.streamerSocket('reconnecting');
    const delayMs = Math.max(atLeastMs, this.#backoff.nextMs());
    this.#retrying = this.#options.clock.after(delayMs, () => void this.#connect());
  }
}
