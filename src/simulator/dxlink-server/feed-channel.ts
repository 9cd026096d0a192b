import type { Clock, EpochMs } from '../../core/clock.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Candles } from './candles.ts';
import type { EventSource } from './event-source.ts';
import type { EventType, EventValues } from './event-types.ts';
import { changeKey, type DataFormat } from './feed-data.ts';
import { createFeedWriter } from './feed-writer.ts';
import { createSubscriptions, type Subscription } from './subscriptions.ts';

export type FeedSource = {
  readonly clock: Clock;
  readonly events: EventSource;
  readonly candles: Candles;
  /** How often values are looked at, at most. */
  readonly tickMs: number;
  readonly forcedFormat: () => DataFormat | undefined;
};

export type FeedChannelOptions = FeedSource & {
  readonly channel: number;
  readonly send: (message: object) => void;
  /** Whether this connection may have one more. */
  readonly hasRoomFor: (type: EventType) => boolean;
};

/** One FEED channel: its client is told the newest value at once, and from then on what changes. */
export type FeedChannel = {
  setUp(message: WireObject): void;
  subscribe(message: WireObject): void;
  /** Sends what has changed since the last time, when the channel's period is over. */
  tick(now: EpochMs): void;
  count(type?: EventType): number;
};

export function createFeedChannel(options: FeedChannelOptions): FeedChannel {
  const { channel, send, clock, events, candles } = options;
  const writer = createFeedWriter(options);
  const subscriptions = createSubscriptions();
  let dueAt = 0;

  const refuse = (message: string): void => send({ type: 'ERROR', channel, error: 'BAD_ACTION', message });

  /** The newest value, when it is not the one that was told last. */
  function news(entry: Subscription, now: EpochMs): readonly EventValues[] {
    const { type, symbol } = entry;
    const values = type === 'Candle' ? candles.current(symbol, now) : events.read(type, symbol, now);
    const key = values && changeKey(values);
    if (values === undefined || key === entry.told) return [];
    entry.told = key;
    return [values];
  }

  function first(entry: Subscription, now: EpochMs): readonly EventValues[] {
    const newest = news(entry, now);
    return entry.type === 'Candle' ? candles.snapshot(entry.symbol, entry.fromTime, now) : newest;
  }

  function tell(entries: readonly Subscription[], rowsOf: (entry: Subscription) => readonly EventValues[]): void {
    for (const [type, group] of Map.groupBy(entries, (entry) => entry.type)) writer.write(type, group.flatMap(rowsOf));
  }

  return {
    setUp: writer.setUp,
    subscribe(message) {
      if (!writer.isSetUp()) return refuse('FEED_SETUP is required before FEED_SUBSCRIPTION');
      const { added, refused } = subscriptions.change(message, options.hasRoomFor);
      if (refused > 0) refuse('Your subscription size is too big');
      const now = clock.now();
      return tell(added, (entry) => first(entry, now));
    },
    tick(now) {
      const isNewRound = !subscriptions.isMidRound();
      if (isNewRound && clock.monotonicMs() < dueAt) return;
      if (isNewRound) dueAt = clock.monotonicMs() + writer.periodMs();
      tell(subscriptions.nextBatch(), (entry) => news(entry, now));
    },
    count: subscriptions.count,
  };
}
