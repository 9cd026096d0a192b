import type { EpochMs } from '../../core/clock.ts';
import type { WireObject } from '../engine/desk.ts';
import type { EventType } from './event-types.ts';
import { createFeedChannel, type FeedChannel, type FeedSource } from './feed-channel.ts';

export type Refuse = (error: ErrorName, message: string, channel?: number) => void;

export type ErrorName = 'UNSUPPORTED_PROTOCOL' | 'UNAUTHORIZED' | 'INVALID_MESSAGE' | 'BAD_ACTION';

/** The channels of one connection, and the limits that they share. */
export type SessionChannels = {
  open(channel: number, message: WireObject): void;
  /** FEED_SETUP, FEED_SUBSCRIPTION or CHANNEL_CANCEL. */
  receive(channel: number, message: WireObject): void;
  tick(now: EpochMs): void;
};

const MAX_ENTRIES = 25_000;
const MAX_CANDLES = 100;

export type SessionChannelsOptions = {
  readonly source: FeedSource;
  readonly send: (message: object) => void;
  readonly refuse: Refuse;
};

export function createSessionChannels({ source, send, refuse }: SessionChannelsOptions): SessionChannels {
  const channels = new Map<number, FeedChannel>();

  const held = (type?: EventType): number =>
    [...channels.values()].reduce((total, channel) => total + channel.count(type), 0);
  const hasRoomFor = (type: EventType): boolean =>
    held() < MAX_ENTRIES && (type !== 'Candle' || held('Candle') < MAX_CANDLES);

  return {
    open(channel, message) {
      if (message['service'] !== 'FEED') return refuse('BAD_ACTION', 'The requested service is not available', channel);
      if (channels.has(channel)) return refuse('BAD_ACTION', 'The channel is already opened', channel);
      channels.set(channel, createFeedChannel({ ...source, channel, send, hasRoomFor }));
      const parameters = { contract: contractOf(message), subFormat: 'LIST' };
      return send({ type: 'CHANNEL_OPENED', channel, service: 'FEED', parameters });
    },
    receive(channel, message) {
      const feed = channels.get(channel);
      if (feed === undefined) return refuse('BAD_ACTION', 'The channel is not opened', channel);
      if (message['type'] === 'FEED_SETUP') return feed.setUp(message);
      if (message['type'] === 'FEED_SUBSCRIPTION') return feed.subscribe(message);
      channels.delete(channel);
      return send({ type: 'CHANNEL_CLOSED', channel });
    },
    tick(now) {
      for (const channel of channels.values()) channel.tick(now);
    },
  };
}

function contractOf(message: WireObject): unknown {
  const asked = message['parameters'];
  return typeof asked === 'object' && asked !== null && 'contract' in asked ? asked.contract : 'AUTO';
}
