import type { CallOptions, Environment } from './broker.ts';
import type { OptionChain } from './model/chain.ts';
import type { BrokerSymbol } from './model/symbol.ts';
import type { SharedTokens } from './shared-tokens.ts';
import type { ShareFeed } from './quotes/market-feed.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { Turn } from '../core/turn.ts';

/** Where one environment lives. No path, no trailing slash: `https://api.tastyworks.com`, `wss://streamer.tastyworks.com`. */
export type BrokerHosts = { readonly restUrl: string; readonly streamerUrl: string };

/** A tenant's broker secrets in the clear. Held for the length of one grant call, never stored or logged. */
export type BrokerGrant = { readonly clientSecret: string; readonly refreshToken: string };

/** The budgets that the broker's published ceilings divide its routes into (contract §7.1). */
export const ENDPOINT_CLASSES = [
  'account',
  'orders',
  'order-reads',
  'market-data',
  'chains',
  'equity',
  'equities',
  'futures',
  'future-products',
  'option',
  'token',
  'other',
] as const;
export type EndpointClass = (typeof ENDPOINT_CLASSES)[number];

/** `moves`: this very call places, replaces or cancels an order. */
export type ThrottleOptions = CallOptions & { readonly moves?: 'order' | 'cancel' };

/**
 * Resolves when a call of this class may be made; throws `rate_limited` when its turn would come too late, and for an order
 * `coordination_unavailable` where nobody can say whether it may be made.
 */
export type Throttle = (endpoint: EndpointClass, options: ThrottleOptions) => Promise<Turn>;

/** Told of every answer that asks for fewer calls of a class, and for how many milliseconds if it says so. */
export type SlowDown = (endpoint: EndpointClass, forMs: number | undefined) => void;

/** All that tenants share, by kind: reference data of plain JSON, which is the same for everybody and says nothing of anybody. */
export type SharedValues = { 'chain:equity': OptionChain; 'chain:future': OptionChain };
export type SharedKind = keyof SharedValues;

/** By the underlying (`SPY`, `/ES`). */
export type SharedKey<Kind extends SharedKind = SharedKind> = { readonly kind: Kind; readonly symbol: BrokerSymbol };

/** Reference data kept for all tenants of an environment: one load for any number of callers, which no caller's leaving ends. */
export type SharedReference = {
  through<Kind extends SharedKind>(
    key: SharedKey<Kind>,
    load: () => Promise<SharedValues[Kind]>,
  ): Promise<SharedValues[Kind]>;
};

/** What happens upstream, told to whoever counts. No argument names a tenant, an account or a symbol. */
export type UpstreamObserver = {
  request(call: { endpoint: EndpointClass; method: string; outcome: string; durationMs: number }): void;
  tokenRefresh(outcome: 'ok' | 'refused' | 'failed'): void;
  /** What another replica did served here: its token was there, or its renewal was waited for. */
  tokenShared(how: 'found' | 'waited'): void;
  feedSocket(change: 'opened' | 'closed' | 'reconnecting'): void;
  feedEvents(count: number): void;
  streamerSocket(change: 'opened' | 'closed' | 'reconnecting'): void;
  streamerMessage(kind: 'orders' | 'balances' | 'position' | 'skipped' | 'malformed'): void;
};

/** All that a broker adapter is given, bound to one tenant. */
export type Upstream = {
  readonly environment: Environment;
  readonly hosts: BrokerHosts;
  /** Opens the vault. Throws `reconnect_needed` when there is no grant. */
  readonly loadGrant: () => Promise<BrokerGrant>;
  readonly tokens: SharedTokens;
  readonly throttle: Throttle;
  readonly slowDown: SlowDown;
  readonly chains: SharedReference;
  /** Where there are several replicas: they have one market data connection between them. */
  readonly shareFeed?: ShareFeed;
  readonly observer: UpstreamObserver;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};
