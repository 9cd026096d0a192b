import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { Channels } from '../fleet/channels.ts';
import type { RedisConnection } from '../redis/connect.ts';
import { redisRoomPrefix } from '../redis/keys.ts';
import { type ChangeListener, trackChanges } from '../redis/track-changes.ts';

/** How replicas hear that something in the shared level has changed. */
export type ChangeNews = {
  /** For how long what was not heard to change may be taken to be the same. */
  readonly trustMs: number;
  /** Tells of a change that was made; where Redis itself tells, this does nothing. */
  tell(key: string): Promise<void>;
  close(): void;
};

export type NewsParts = {
  readonly redis: RedisConnection;
  readonly channels: Channels;
  readonly listener: ChangeListener;
  readonly clock: Clock;
  readonly log: Log;
};

/** Nothing is heard: whoever keeps something looks again soon. */
const DEAF_MS = 1000;
/** A channel may fall silent without our hearing of it. */
const CHANNEL_MS = 5000;
const RETRY_MS = 500;
const CHANNEL = { kind: 'reference', owner: 'gateway' } as const;

export const openNews = (parts: NewsParts): ChangeNews =>
  parts.redis.kind === 'cluster' ? channelNews(parts) : trackedNews(parts);

/** Redis tells of every change by itself, over a link of ours that is checked. */
function trackedNews({ redis, listener, clock, log }: NewsParts): ChangeNews {
  let isUp = false;
  const linked = (next: boolean): void => {
    isUp = next;
    listener.linked(next);
  };
  const tracking = trackChanges({
    redis,
    prefix: redisRoomPrefix('chain'),
    listener: { changed: listener.changed, linked },
    clock,
    log,
  });
  return {
    get trustMs() {
      return isUp ? Number.POSITIVE_INFINITY : DEAF_MS;
    },
    tell: async () => {},
    close: () => tracking.close(),
  };
}

/** A cluster would take a link to every node, and nodes come and go: whoever changes something says so on a channel. */
function channelNews({ channels, listener, clock, log }: NewsParts): ChangeNews {
  let isUp = false;
  let joined: Promise<() => void> | undefined;
  const linked = (next: boolean): void => {
    if (isUp === next) return;
    isUp = next;
    listener.linked(next);
  };
  const gap = (): void => {
    linked(false);
    linked(true);
  };
  const join = (): void => {
    joined ??= channels.subscribe(CHANNEL, { message: (key) => listener.changed(key), gap });
    joined.then(
      () => linked(true),
      (error: unknown) => {
        joined = undefined;
        log.debug({ error }, 'Changes of the shared cache cannot be heard yet');
      },
    );
  };
  const joining = clock.every(RETRY_MS, () => {
    if (!isUp) join();
  });
  join();
  return {
    get trustMs() {
      return isUp ? CHANNEL_MS : DEAF_MS;
    },
    async tell(key) {
      await channels.publish(CHANNEL, key).catch(() => {});
    },
    close() {
      joining.cancel();
      joined?.then(
        (leave) => leave(),
        () => {},
      );
    },
  };
}
