import type { EpochMs } from '../../core/clock.ts';
import type { WireObject } from '../engine/desk.ts';
import { parseMessage } from '../parse-message.ts';
import type { SocketSession, WireSocket } from '../socket-server.ts';
import type { World } from '../world.ts';
import type { FeedSource } from './feed-channel.ts';
import { createSessionChannels, type Refuse } from './session-channels.ts';
import { createSessionLife } from './session-life.ts';
import { createSessionLogin } from './session-login.ts';

export type DxlinkSession = SocketSession & {
  /** Sends the changed values of all channels. */
  tick(now: EpochMs): void;
  /** Says that it is alive, and ends a session whose client does not. */
  watch(): void;
};

export type SessionOptions = { readonly world: World; readonly socket: WireSocket; readonly source: FeedSource };

const VERSION = '1.0-1.2.1-20240722-153442';
const KEEPALIVE_SECONDS = 60;
/** A client that reads slower than this gets the newest values later instead of all values late. */
const MAX_BUFFERED_BYTES = 1_048_576;

/** The server's half of one DXLink connection (contract §5.1), in the strict order that the real one demands. */
export function createDxlinkSession({ world, socket, source }: SessionOptions): DxlinkSession {
  const life = createSessionLife(world.clock, socket);
  const refuse: Refuse = (error, message, channel = 0) => life.say({ type: 'ERROR', channel, error, message });
  const channels = createSessionChannels({ source, send: life.say, refuse });
  const login = createSessionLogin({ world, socket, say: life.say });
  let isSetUp = false;

  function setUp(message: WireObject): void {
    if (typeof message['version'] !== 'string') return refuse('UNSUPPORTED_PROTOCOL', 'Unsupported protocol version');
    isSetUp = true;
    life.expectEvery(message['keepaliveTimeout'], KEEPALIVE_SECONDS);
    const keepalive = { keepaliveTimeout: KEEPALIVE_SECONDS, acceptKeepaliveTimeout: KEEPALIVE_SECONDS };
    life.say({ type: 'SETUP', channel: 0, ...keepalive, version: VERSION });
    return life.say({ type: 'AUTH_STATE', channel: 0, state: 'UNAUTHORIZED' });
  }

  function openChannel(channel: number, message: WireObject): void {
    if (channel % 2 === 0) return refuse('BAD_ACTION', 'Protocol violation with an even channel usage.');
    if (login.customerId() === undefined)
      return refuse('UNAUTHORIZED', 'Authorization is required to open a channel', channel);
    return channels.open(channel, message);
  }

  const handlers: Readonly<Record<string, (message: WireObject, channel: number) => void>> = {
    AUTH: login.authorize,
    KEEPALIVE: () => life.say({ type: 'KEEPALIVE', channel: 0 }),
    CHANNEL_REQUEST: (message, channel) => openChannel(channel, message),
    CHANNEL_CANCEL: (message, channel) => channels.receive(channel, message),
    FEED_SETUP: (message, channel) => channels.receive(channel, message),
    FEED_SUBSCRIPTION: (message, channel) => channels.receive(channel, message),
    ERROR: () => {},
  };

  return {
    customerId: login.customerId,
    receive(text) {
      life.heard();
      const message = parseMessage(text);
      const { type, channel } = message;
      if (typeof type !== 'string' || typeof channel !== 'number')
        return refuse('INVALID_MESSAGE', 'The message is not valid');
      if (type === 'SETUP') return setUp(message);
      if (!isSetUp) return refuse('BAD_ACTION', 'SETUP is required first');
      const handle = Object.hasOwn(handlers, type) ? handlers[type] : undefined;
      return handle === undefined
        ? refuse('INVALID_MESSAGE', 'Unknown message type', channel)
        : handle(message, channel);
    },
    tick(now) {
      if (socket.bufferedBytes() <= MAX_BUFFERED_BYTES) channels.tick(now);
    },
    watch: () => life.watch(isSetUp),
    closed: login.closed,
  };
}
