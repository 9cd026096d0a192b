import type { Buffer } from 'node:buffer';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import type { RedisConnection } from './connect.ts';

/** Hears of every change of the keys with one prefix, whoever makes it, their end by time included. */
export type ChangeListener = {
  /** `undefined`: all of them. */
  readonly changed: (key: string | undefined) => void;
  /** False at once when changes may go by unheard, true when each is heard from then on. Not told before the first true. */
  readonly linked: (isUp: boolean) => void;
};

export type TrackingParts = {
  readonly redis: Pick<RedisConnection, 'open'>;
  readonly prefix: string;
  readonly listener: ChangeListener;
  readonly clock: Clock;
  readonly log: Log;
};

const CHANNEL = '__redis__:invalidate';
const CHECK_EVERY_MS = 400;
/** Counted in checks, not in time: a busy spell of this process is one of them, however long it was. */
const MAX_UNANSWERED = 3;
/** A connection that does not come to hear anything is given up later: it may be a server that loads. */
const MAX_IDLE = 10;

/**
 * Client-side tracking over a connection that redirects to itself: what it is told lives and dies with it, and no other
 * connection has to be of the same server. Not for a cluster, whose nodes each tell only of their own keys.
 */
export function trackChanges({ redis, prefix, listener, clock, log }: TrackingParts): { close(): void } {
  const { client: link, close: closeLink } = redis.open({ kind: 'tracking' });
  let isUp = false;
  let unanswered = 0;
  /** By the server: it is asked again when the connection has been idle for long, and complained of once. */
  let isRefused = false;

  function tell(next: boolean): void {
    if (isUp === next) return;
    isUp = next;
    log.info({ isUp }, isUp ? 'Changes of the shared cache are heard' : 'The link that hears of changes is down');
    listener.linked(isUp);
  }

  async function begin(): Promise<void> {
    unanswered = 0;
    const id = await link.client('ID');
    await link.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', 'PREFIX', prefix);
    await link.subscribe(CHANNEL);
    isRefused = false;
    tell(true);
  }

  link.on('ready', () => {
    begin().catch((error: unknown) => {
      if (!isRefused) log.warn({ error }, 'Changes of the shared cache cannot be heard');
      isRefused = true;
    });
  });
  link.on('close', () => tell(false));
  link.on('messageBuffer', (_channel: Buffer, keys: readonly Buffer[] | null) => {
    if (keys === null) listener.changed(undefined);
    else for (const key of keys) listener.changed(key.toString('utf8'));
  });

  const watch = clock.every(CHECK_EVERY_MS, () => {
    unanswered += 1;
    if (unanswered > (isUp ? MAX_UNANSWERED : MAX_IDLE)) {
      unanswered = 0;
      tell(false);
      link.disconnect(true);
    } else if (isUp) {
      link.ping().then(
        () => (unanswered = 0),
        () => {},
      );
    }
  });
  return {
    close() {
      watch.cancel();
      tell(false);
      closeLink();
    },
  };
}
