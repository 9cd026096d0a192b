import type { Clock, Timer } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { CallOptions } from '../broker.ts';
import { startKeepalive } from '../dxlink/keepalive.ts';
import type { Keepalive } from '../dxlink/keepalive.ts';
import type { OpenSocket, Socket } from '../dxlink/socket.ts';
import type { AccountNumber } from '../model/symbol.ts';
import { parseMessages } from './messages.ts';
import type { ClientMessage, StreamEvent, StreamMessage } from './messages.ts';

/** Why a connection is over. `unauthorized` is about its token; `closed` was our own wish. */
export type ConnectionEnd = 'unauthorized' | 'timeout' | 'silent' | 'dropped' | 'refused' | 'closed';

export type ConnectionEvents = {
  /** The line is up: from here to `ended` the broker counts a session. */
  opened(): void;
  /** The broker tells what happens to the accounts from here on. */
  live(): void;
  event(event: StreamEvent): void;
  /** A message of a type that is not read here. */
  skipped(): void;
  /** A message that could not be read: what it said is lost. */
  malformed(): void;
  /** The broker refused something, in its own words. */
  refused(said: string): void;
  /** Once, and nothing after it. */
  ended(why: ConnectionEnd): void;
};

/** The tenant's access tokens. */
export type StreamTokens = {
  /** The newest one. Throws `reconnect_needed`, or why none could be had. */
  current(options: CallOptions): Promise<string>;
  /** Says that the broker refused this token. True when a new attempt with `current` is worth making. */
  refused(token: string): Promise<boolean>;
};

export type ConnectionOptions = {
  readonly url: string;
  readonly accounts: readonly AccountNumber[];
  readonly token: string;
  readonly tokens: StreamTokens;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
};

const HANDSHAKE_MS = 10_000;
const CLOSE_MS = 500;
/** The broker wants one every 2 s to 60 s, and answers each: a line that is dead is found out within the second of these. */
const HEARTBEAT_EVERY_MS = 10_000;
const SILENCE_MS = 25_000;

/**
 * - connecting: the socket is being opened
 * - greeting: `connect` sent
 * - live: `connect` answered
 */
type State = 'connecting' | 'greeting' | 'live' | 'ended';

/** One account streamer connection from its socket to its end. It never comes back: reconnecting is the stream's business. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #handshake: Timer;
  readonly #over = new AbortController();
  readonly #down = Promise.withResolvers<void>();
  #state: State = 'connecting';
  #keepalive: Keepalive | undefined;
  #token: string;
  /** The broker refused the token of the last heartbeat: the next one carries another, or is the last. */
  #isDoubted = false;
  #requests = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#token = options.token;
    this.#handshake = options.clock.after(HANDSHAKE_MS, () => this.#cut('timeout'));
    this.#socket = options.openSocket(options.url, {
      opened: () => this.#onOpened(),
      message: (text) => this.#onMessage(text),
      closed: () => this.#onClosed(),
    });
  }

  /** Ends it at once for its listener, and resolves when the socket is closed or has been cut. */
  async close(): Promise<void> {
    this.#end('closed');
    this.#socket.close();
    const cut = this.#options.clock.after(CLOSE_MS, () => {
      this.#socket.terminate();
      this.#down.resolve();
    });
    await this.#down.promise;
    cut.cancel();
  }

  #onOpened(): void {
    if (this.#state !== 'connecting') return;
    this.#options.events.opened();
    this.#state = 'greeting';
    this.#send('connect', this.#options.accounts);
  }

  #onMessage(text: string | undefined): void {
    this.#keepalive?.heard();
    for (const message of parseMessages(text)) if (this.#state !== 'ended') this.#onRead(message);
  }

  #onRead(message: StreamMessage): void {
    const { events } = this.#options;
    switch (message.kind) {
      case 'answer':
        this.#onAnswer(message);
        break;
      case 'event':
        events.event(message.event);
        break;
      case 'unknown':
        events.skipped();
        break;
      case 'malformed':
        events.malformed();
        break;
    }
  }

  #onAnswer({ action, isOk, said = '' }: Extract<StreamMessage, { kind: 'answer' }>): void {
    if (!isOk) this.#options.events.refused(said);
    if (action === 'heartbeat') this.#onHeartbeat(isOk);
    if (action !== 'connect' || this.#state !== 'greeting') return;
    if (isOk) this.#onConnected();
    else this.#onTokenRefused();
  }

  #onConnected(): void {
    this.#state = 'live';
    this.#handshake.cancel();
    this.#keepalive = startKeepalive({
      clock: this.#options.clock,
      silenceMs: SILENCE_MS,
      sendEveryMs: HEARTBEAT_EVERY_MS,
      send: () => void this.#beat(),
      silent: () => this.#cut('silent'),
    });
    this.#options.events.live();
  }

  /** A token that ran out while the line was up: another is shown at once, and only when that is refused too it is over. */
  #onHeartbeat(isOk: boolean): void {
    if (isOk) {
      this.#isDoubted = false;
      return;
    }
    if (this.#isDoubted) {
      this.#onTokenRefused();
      return;
    }
    this.#isDoubted = true;
    void this.#showAnother();
  }

  async #showAnother(): Promise<void> {
    const isWorthIt = await this.#options.tokens.refused(this.#token).catch(() => false);
    if (this.#state !== 'live') return;
    if (isWorthIt) await this.#beat();
    else this.#cut('unauthorized');
  }

  #onTokenRefused(): void {
    void this.#options.tokens.refused(this.#token).catch(() => {});
    this.#cut('unauthorized');
  }

  async #beat(): Promise<void> {
    try {
      this.#token = await this.#options.tokens.current({ signal: this.#over.signal });
    } catch (error) {
      // Without a newer token the last one is shown: whether it still counts is the broker's to say.
      if (asGatewayError(error).code === 'reconnect_needed') this.#cut('unauthorized');
    }
    if (this.#state === 'live') this.#send('heartbeat');
  }

  #onClosed(): void {
    this.#end('dropped');
    this.#down.resolve();
  }

  #cut(why: ConnectionEnd): void {
    this.#end(why);
    this.#socket.terminate();
  }

  #end(why: ConnectionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#over.abort();
    this.#handshake.cancel();
    this.#keepalive?.stop();
    this.#options.events.ended(why);
  }

  #send(action: ClientMessage['action'], value?: readonly AccountNumber[]): void {
    this.#requests += 1;
    const message: ClientMessage = {
      action,
      ...(value === undefined ? {} : { value }),
      'auth-token': `Bearer ${this.#token}`,
      'request-id': this.#requests,
    };
    this.#socket.send(JSON.stringify(message));
  }
}
