import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { CallOptions, MarketDataOperations } from '../broker.ts';
import { DxLinkFeed } from '../dxlink/feed.ts';
import type { QuoteToken } from '../dxlink/feed-token.ts';
import { openSocket } from '../dxlink/socket.ts';
import type { OpenSocket } from '../dxlink/socket.ts';
import type { UpstreamObserver } from '../upstream.ts';
import type { OpenFeed, ShareFeed } from './market-feed.ts';
import { QuoteHub } from './quote-hub.ts';
import { MarketRead } from './read-market.ts';
import { watchMarket } from './watch-market.ts';

const LINGER_MS = 60_000;
const IDLE_CLOSE_MS = 300_000;

export type MarketDataDeps = {
  /** Asks the broker for a quote token (24 h when it names no expiry). Throws `reconnect_needed` when the login is gone. */
  readonly quoteToken: (options: CallOptions) => Promise<QuoteToken>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly observer: UpstreamObserver;
  /** How long a symbol stays subscribed after its last reader. A minute unless told. */
  readonly lingerMs?: number;
  /** How long the connection stays open after its last subscription. Five minutes unless told. */
  readonly idleCloseMs?: number;
  /** A real websocket unless told. */
  readonly openSocket?: OpenSocket;
  /** Where there are several replicas: they have one connection between them. */
  readonly shareFeed?: ShareFeed;
};

export type MarketData = MarketDataOperations & {
  /** Ends pending reads with what they have, and the socket. Idempotent, bounded to a second. */
  close(): Promise<void>;
};

/** Market data of one tenant: any number of readers over at most one DXLink connection. */
export function createMarketData(deps: MarketDataDeps): MarketData {
  const { clock, ids, log, observer, shareFeed } = deps;
  const openOwn: OpenFeed = (listener) =>
    new DxLinkFeed({
      fetchToken: deps.quoteToken,
      openSocket: deps.openSocket ?? openSocket,
      listener,
      idleCloseMs: deps.idleCloseMs ?? IDLE_CLOSE_MS,
      clock,
      ids,
      log,
      observer,
    });
  const hub = new QuoteHub({
    clock,
    lingerMs: deps.lingerMs ?? LINGER_MS,
    openFeed: shareFeed === undefined ? openOwn : shareFeed(openOwn),
  });
  return {
    read: (wanted, options) => new MarketRead({ ...options, hub, clock, wanted }).run(),
    watch: (wanted, watcher) => watchMarket(hub, wanted, watcher),
    close: () => hub.close(),
  };
}
