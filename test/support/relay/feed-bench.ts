import type { MarketDataOperations, Reading } from '../../../src/broker/broker.ts';
import { type Held, type Hold, QuoteHub } from '../../../src/broker/quotes/quote-hub.ts';
import { MarketRead } from '../../../src/broker/quotes/read-market.ts';
import { decimal } from '../../../src/core/decimal.ts';
import type { GatewayError } from '../../../src/core/errors.ts';
import type { TenantContext } from '../../../src/tenancy/tenant-context.ts';
import { type NetMarket, readNetMarket } from '../../../src/orders/pricing/net-market.ts';
import type { IdSource } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { TicketLeg } from '../../../src/orders/ticket/ticket.ts';
import { type Relay, createRelay } from '../../../src/relay/relay.ts';
import type { TenantDuty } from '../../../src/relay/tenant-duty.ts';
import { type FakeExchange, quoteOf } from './fake-exchange.ts';
import type { FleetWorld, WorldReplica } from './fleet-world.ts';

const TENANT = 'tenant';

/** Somebody on one replica who wants one symbol, with all that was told. */
export type Wish = {
  readonly symbol: string;
  readonly versions: number[];
  readonly reasons: string[];
  readonly errors: GatewayError[];
  hold: Hold | undefined;
  current(): Held | undefined;
  release(): void;
};

export type FeedReplica = {
  readonly replica: WorldReplica;
  readonly relay: Relay;
  readonly duty: TenantDuty;
  readonly hub: QuoteHub;
  readonly counts: Record<string, number>;
  want(symbol: string, onValue?: (version: number) => void): Wish;
  read(symbols: readonly string[], options: { timeoutMs: number; maxAgeMs?: number }): Promise<readonly Reading[]>;
  /** What an order to buy one of it would be priced by. */
  price(symbol: string): Promise<NetMarket>;
  close(): Promise<void>;
};

export const versionOf = ({ event }: Pick<Held, 'event'>): number => Number(event.kind === 'Quote' ? event.bid : 0);

/** One replica with the real hub over the real fleet feed, and the exchange behind it. */
export function createFeedReplica(
  world: FleetWorld,
  exchange: FakeExchange,
  { ids, lingerMs = 60_000, tenant = TENANT }: { ids: IdSource; lingerMs?: number; tenant?: string },
): FeedReplica {
  const replica = world.replica();
  const { clock } = replica;
  const counts: Record<string, number> = {};
  const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  const relay = createRelay({
    fleet: replica.fleet,
    clock,
    ids,
    log: silentLog,
    observer: {
      epochRefused: () => count('epochRefused'),
      bulletin: () => count('bulletins'),
      conflated: () => count('conflated'),
      gap: () => count('gaps'),
      followers: (change) => count('followers', change),
      held: (change) => count('held', change),
      alone: (change) => count('alone', change),
      handedOver: () => count('handedOver'),
    },
  });
  const duty = relay.openDuty(tenant);
  const openFeed = relay.shareFeed(tenant, duty)(exchange.openFor(replica));
  const hub = new QuoteHub({ clock, lingerMs, openFeed });
  const { signal } = new AbortController();
  return {
    replica,
    relay,
    duty,
    hub,
    counts,
    want: (symbol, onValue) => wish(hub, symbol, onValue),
    read: (symbols, options) => new MarketRead({ ...options, signal, hub, clock, wanted: symbols.map(quoteOf) }).run(),
    price(symbol) {
      const leg = { action: 'Buy to Open', ratio: decimal(1), instrument: { symbol, streamerSymbol: symbol } };
      const marketData: Pick<MarketDataOperations, 'read'> = {
        read: (wanted, options) => new MarketRead({ ...options, hub, clock, wanted }).run(),
      };
      return readNetMarket({ legs: [leg as unknown as TicketLeg] }, {
        broker: { marketData },
        signal,
      } as TenantContext);
    },
    close: () => hub.close(),
  };
}

function wish(hub: QuoteHub, symbol: string, onValue: (version: number) => void = () => {}): Wish {
  const made: Wish = {
    symbol,
    versions: [],
    reasons: [],
    errors: [],
    hold: undefined,
    current: () => made.hold?.current(),
    release: () => made.hold?.release(),
  };
  const hold = hub.hold(quoteOf(symbol), {
    value(held) {
      made.versions.push(versionOf(held));
      onValue(versionOf(held));
    },
    missing: (reason) => void made.reasons.push(reason),
    failed: (error) => void made.errors.push(error),
  });
  if (typeof hold === 'string') made.reasons.push(hold);
  else made.hold = hold;
  return made;
}
