import { createRecentMap } from './recent-map.ts';
import type { Query } from './route.ts';
import type { Session } from './session.ts';
import { listEnvelope } from './wire/envelope.ts';
import { wireCryptocurrency, wireEquity, wireFuture } from './wire/instrument.ts';
import type { Listed, ListedFuture } from './wire/instrument.ts';
import type { CallOptions } from '../broker.ts';
import type { EndpointClass } from '../upstream.ts';
import type { Clock } from '../../core/clock.ts';

const PER_CALL = 50;
const KEPT_MS = 5 * 60_000;
const MAX_KEPT = 2_000;

const equityAnswer = listEnvelope(wireEquity);
const futureAnswer = listEnvelope(wireFuture);
const cryptoAnswer = listEnvelope(wireCryptocurrency);

export type ListingKind = 'equity' | 'future' | 'cryptocurrency';

/** The broker's instruments by symbol, kept for minutes. What it does not list is absent. */
export type Listings = {
  find(kind: ListingKind, symbols: readonly string[], options: CallOptions): Promise<ReadonlyMap<string, Listed>>;
  /** The contract that the broker calls a product's active month. */
  activeMonth(product: string, options: CallOptions): Promise<ListedFuture | undefined>;
};

const ROUTES = {
  equity: { path: '/instruments/equities', endpoint: 'equities', answer: equityAnswer },
  future: { path: '/instruments/futures', endpoint: 'futures', answer: futureAnswer },
  cryptocurrency: { path: '/instruments/cryptocurrencies', endpoint: 'other', answer: cryptoAnswer },
} as const;

function byExpiration(a: ListedFuture, b: ListedFuture): number {
  return Number(a.expiration > b.expiration) - Number(a.expiration < b.expiration);
}

export function createListings(session: Session, clock: Clock): Listings {
  const kept = createRecentMap<Listed>({ clock, keepMs: KEPT_MS, max: MAX_KEPT });
  const months = createRecentMap<ListedFuture>({ clock, keepMs: KEPT_MS, max: MAX_KEPT });

  async function fetchListed(kind: ListingKind, symbols: readonly string[], options: CallOptions) {
    const call: { path: string; endpoint: EndpointClass; query: Query } = {
      ...ROUTES[kind],
      query: { symbol: symbols },
    };
    const listed: readonly Listed[] = await session.read(call, ROUTES[kind].answer, options);
    for (const one of listed) kept.set(`${kind}:${one.instrument.symbol}`, one);
    return listed;
  }

  async function find(kind: ListingKind, symbols: readonly string[], options: CallOptions) {
    const found = new Map<string, Listed>();
    const unknown: string[] = [];
    for (const symbol of new Set(symbols)) {
      const listed = kept.get(`${kind}:${symbol}`);
      if (listed === undefined) unknown.push(symbol);
      else found.set(symbol, listed);
    }
    for (let at = 0; at < unknown.length; at += PER_CALL) {
      const listed = await fetchListed(kind, unknown.slice(at, at + PER_CALL), options);
      for (const one of listed) found.set(one.instrument.symbol, one);
    }
    return found;
  }

  async function activeMonth(product: string, options: CallOptions): Promise<ListedFuture | undefined> {
    const known = months.get(product);
    if (known !== undefined) return known;
    const call = { path: ROUTES.future.path, endpoint: ROUTES.future.endpoint, query: { 'product-code': [product] } };
    const listed = await session.read(call, futureAnswer, options);
    const active = listed.filter((one) => one.isActive && one.product === product).toSorted(byExpiration);
    const chosen = active.find((one) => one.isActiveMonth) ?? active[0];
    if (chosen !== undefined) months.set(product, chosen);
    return chosen;
  }

  return { find, activeMonth };
}
