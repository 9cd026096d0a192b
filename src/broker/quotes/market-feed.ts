import type { GatewayError } from '../../core/errors.ts';
import type { Wanted } from '../broker.ts';
import type { MarketEvent } from '../model/quote.ts';

/**
 * A stretch of the feed in which nothing was missed: it ends with the connection, or with a frame that could not be
 * read. The feed only speaks of what changes, so within a run every value it has told is still the current one, as of
 * the last frame of any kind (`heardAtMs`, monotonic). Across runs nothing is known until it is told again.
 */
export type FeedRun = {
  readonly unbroken: boolean;
  readonly heardAtMs: number;
  /** What it told is not to be used any more, whatever its age: to tell it has become another's right. */
  readonly isVoid?: boolean;
};

export type FeedListener = {
  /** `receivedAtMs`, monotonic, when that was not just now. */
  event(event: MarketEvent, run: FeedRun, receivedAtMs?: number): void;
  /** The run is over: what it told is no longer known to be current. */
  interrupted(): void;
  /** The feed would not take these; they are no longer subscribed. */
  refused(wanted: readonly Wanted[]): void;
  /** The feed has given up until somebody wants something again. Only ever `reconnect_needed`. */
  failed(error: GatewayError): void;
};

/** Where market events come from: keeps whatever is added subscribed, over any number of connections. */
export type MarketFeed = {
  /** False when the feed holds as many entries as the broker allows. Adding what is there already changes nothing. */
  add(wanted: Wanted): boolean;
  remove(wanted: Wanted): void;
  /** The run that is on now, if any. */
  run(): FeedRun | undefined;
  /** Idempotent, bounded to a second. */
  close(): Promise<void>;
};

/** Opens one tenant's market data for whoever listens. */
export type OpenFeed = (listener: FeedListener) => MarketFeed;

/** Makes of each replica's own way to the market one that all replicas share. */
export type ShareFeed = (openOwn: OpenFeed) => OpenFeed;

/** One string for one symbol and kind of event. */
export function wantedKey({ kind, symbol }: Wanted): string {
  return `${kind} ${symbol}`;
}
