import { VERSION } from '../../core/version.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { startKeepalive } from './keepalive.ts';
import type { Keepalive } from './keepalive.ts';
import { ACCEPTED_FIELDS } from './market-events.ts';
import { CONNECTION_CHANNEL, FEED_CHANNEL, parseFrame } from './messages.ts';
import { startProbe } from './probe.ts';
import type { Probe } from './probe.ts';
import type { ClientFrame, ServerError, ServerFrame } from './messages.ts';
import type { OpenSocket, Socket } from './socket.ts';

/** Why a connection is over. `unauthorized` is about its token; `closed` was our own wish. */
export type ConnectionEnd = 'unauthorized' | 'timeout' | 'silent' | 'dropped' | 'refused' | 'closed';

export type ConnectionEvents = {
  /** The line is up: from here to `ended` the broker counts a session. */
  opened(): void;
  /** The channel is open and set up: subscriptions may be sent. */
  ready(): void;
  /** Any frame that could be read, before it is told by its own name. */
  heard(): void;
  fields(eventFields: Readonly<Record<string, readonly string[]>>): void;
  data(data: readonly unknown[]): void;
  /** A message that could not be read: what it said is lost. */
  malformed(): void;
  /** The server refused something that was asked of it on an open channel. */
  refused(error: ServerError): void;
  /** Once, and nothing after it. */
  ended(why: ConnectionEnd): void;
};

export type ConnectionOptions = {
  readonly url: string;
  readonly token: string;
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  readonly events: ConnectionEvents;
};

const PROTOCOL_VERSION = `0.1-tasty-gateway/${VERSION}`;
const HANDSHAKE_MS = 10_000;
const CLOSE_MS = 500;
const KEEPALIVE_SECONDS = 60;
const MIN_KEEPALIVE_SECONDS = 1;
const MAX_KEEPALIVE_SECONDS = 120;
const KEEPALIVE_EVERY_MS = 30_000;
const AGGREGATION_SECONDS = 0.1;

/**
 * - connecting: the socket is being opened
 * - greeting: SETUP sent
 * - authorizing: the server's SETUP is there, AUTH sent
 * - opening: authorized, CHANNEL_REQUEST sent
 * - ready: the channel is open, FEED_SETUP sent
 */
type State = 'connecting' | 'greeting' | 'authorizing' | 'opening' | 'ready' | 'ended';

type ChannelFrame = Extract<ServerFrame, { type: 'CHANNEL_OPENED' | 'CHANNEL_CLOSED' | 'FEED_CONFIG' | 'FEED_DATA' }>;

/**
 * One DXLink connection from its socket to its end, with one feed channel. It keeps the server's strict order, says
 * each thing once, and never comes back: reconnecting is the feed's business.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Socket;
  readonly #handshake: Timer;
  readonly #down = Promise.withResolvers<void>();
  #state: State = 'connecting';
  #keepalive: Keepalive | undefined;
  #probe: Probe | undefined;
  #toldUnauthorized = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#handshake = options.clock.after(HANDSHAKE_MS, () => this.#cut(this.#unlessRefused('timeout')));
    this.#socket = options.openSocket(options.url, {
      opened: () => this.#onOpened(),
      message: (text) => this.#onMessage(text),
      closed: () => this.#onClosed(),
    });
  }

  /** Sends a frame on a ready connection; on any other it is a defect of the caller, and does nothing. */
  send(frame: ClientFrame): void {
    if (this.#state === 'ready') this.#send(frame);
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
    this.#send({
      type: 'SETUP',
      channel: CONNECTION_CHANNEL,
      version: PROTOCOL_VERSION,
      keepaliveTimeout: KEEPALIVE_SECONDS,
      acceptKeepaliveTimeout: KEEPALIVE_SECONDS,
    });
  }

  #onMessage(text: string | undefined): void {
    if (this.#state === 'ended') return;
    this.#keepalive?.heard();
    const parsed = parseFrame(text);
    if (parsed.kind === 'malformed') {
      this.#options.events.malformed();
      return;
    }
    this.#probe?.heard(parsed.kind === 'frame' && parsed.frame.type === 'KEEPALIVE' ? 'keepalive' : 'other');
    this.#options.events.heard();
    if (parsed.kind === 'frame') this.#onFrame(parsed.frame);
  }

  #onFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'SETUP':
        this.#onSetup(frame);
        break;
      case 'AUTH_STATE':
        this.#onAuthState(frame.state);
        break;
      case 'ERROR':
        this.#onError(frame);
        break;
      case 'KEEPALIVE':
        break;
      case 'CHANNEL_OPENED':
      case 'CHANNEL_CLOSED':
      case 'FEED_CONFIG':
      case 'FEED_DATA':
        if (frame.channel === FEED_CHANNEL) this.#onChannelFrame(frame);
        break;
    }
  }

  #onChannelFrame(frame: ChannelFrame): void {
    if (frame.type === 'CHANNEL_OPENED') this.#onChannelOpened();
    else if (frame.type === 'CHANNEL_CLOSED') this.#cut('refused');
    else if (this.#state !== 'ready') return;
    else if (frame.type === 'FEED_DATA') this.#options.events.data(frame.data);
    else if (frame.eventFields !== undefined) this.#options.events.fields(frame.eventFields);
  }

  /** The server may repeat its SETUP to change the time limits. */
  #onSetup({ keepaliveTimeout, acceptKeepaliveTimeout }: Extract<ServerFrame, { type: 'SETUP' }>): void {
    this.#keepalive?.stop();
    this.#keepalive = startKeepalive({
      clock: this.#options.clock,
      silenceMs: timeLimitMs(keepaliveTimeout),
      sendEveryMs: Math.min(KEEPALIVE_EVERY_MS, timeLimitMs(acceptKeepaliveTimeout) / 2),
      ...this.#lifeSigns(),
    });
    if (this.#state !== 'greeting') return;
    this.#state = 'authorizing';
    this.#send({ type: 'AUTH', channel: CONNECTION_CHANNEL, token: this.#options.token });
  }

  /** The first UNAUTHORIZED only tells where a connection starts from, and may be left out; a second one is a refusal. */
  #onAuthState(state: 'AUTHORIZED' | 'UNAUTHORIZED'): void {
    if (state === 'UNAUTHORIZED') {
      const refused = this.#toldUnauthorized || this.#state === 'opening' || this.#state === 'ready';
      this.#toldUnauthorized = true;
      if (refused) this.#cut('unauthorized');
      return;
    }
    if (this.#state !== 'authorizing') return;
    this.#state = 'opening';
    this.#send({
      type: 'CHANNEL_REQUEST',
      channel: FEED_CHANNEL,
      service: 'FEED',
      parameters: { contract: 'AUTO' },
    });
  }

  #onChannelOpened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'ready';
    this.#handshake.cancel();
    this.#send({
      type: 'FEED_SETUP',
      channel: FEED_CHANNEL,
      acceptAggregationPeriod: AGGREGATION_SECONDS,
      acceptDataFormat: 'COMPACT',
      acceptEventFields: ACCEPTED_FIELDS,
    });
    this.#probe = startProbe({ clock: this.#options.clock, ...this.#lifeSigns() });
    // The server may hold FEED_CONFIG back until there is data, so nothing waits for it.
    this.#options.events.ready();
  }

  #lifeSigns(): { readonly send: () => void; readonly silent: () => void } {
    return {
      send: () => this.#send({ type: 'KEEPALIVE', channel: CONNECTION_CHANNEL }),
      silent: () => this.#cut('silent'),
    };
  }

  /** On an open channel we only ask for subscriptions: that is what an action or message can be refused for. */
  #onError(error: ServerError): void {
    if (error.error === 'UNAUTHORIZED') this.#cut('unauthorized');
    else if (this.#state !== 'ready' || error.error === 'TIMEOUT') this.#cut('refused');
    else this.#options.events.refused(error);
  }

  #onClosed(): void {
    this.#end(this.#unlessRefused('dropped'));
    this.#down.resolve();
  }

  /** A server that refuses a token may say so once only, or not at all, and then hang up or fall silent. */
  #unlessRefused(why: ConnectionEnd): ConnectionEnd {
    return this.#state === 'authorizing' ? 'unauthorized' : why;
  }

  #cut(why: ConnectionEnd): void {
    this.#end(why);
    this.#socket.terminate();
  }

  #end(why: ConnectionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#handshake.cancel();
    this.#keepalive?.stop();
    this.#probe?.stop();
    this.#options.events.ended(why);
  }

  #send(frame: ClientFrame): void {
    this.#socket.send(JSON.stringify(frame));
  }
}

/** A time limit that the server told, within reason; its usual one when it told none. */
function timeLimitMs(seconds: number | undefined): number {
  if (seconds === undefined || seconds <= 0) return KEEPALIVE_SECONDS * 1000;
  return Math.min(MAX_KEEPALIVE_SECONDS, Math.max(MIN_KEEPALIVE_SECONDS, seconds)) * 1000;
}
