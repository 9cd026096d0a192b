import type { Listing } from '../engine/market.ts';
import { validationError } from '../wire-refusal.ts';
import { decimalText, offsetTime } from '../wire-text.ts';
import type { World } from '../world.ts';
import { text } from './query.ts';
import { bareList, get, list, param, type Route } from './route.ts';

const SEARCHABLE = /^[\w ./&-]{1,40}$/u;
const DEFAULT_LIMIT = 25;

/** Finding instruments by a piece of their symbol or name. */
export function symbolSearchRoutes(world: World): readonly Route[] {
  const { market, clock } = world;
  return [
    get('/symbols/search/*', (call) => {
      const fragment = param(call, '*').trim();
      if (!SEARCHABLE.test(fragment)) throw validationError([{ domain: 'symbol', reason: 'is invalid' }]);
      return bareList(ranked(market.listings, fragment).map(symbolWire));
    }),
    get('/instruments/search', (call) => {
      const query = (text(call.query, 'query') ?? '').toLowerCase();
      const type = text(call.query, 'type');
      const now = clock.now();
      const futures = market.listings
        .filter(({ kind, description, symbol }) => {
          const found = `${symbol} ${description}`.toLowerCase().includes(query);
          return kind === 'future-product' && found && (type === undefined || type === 'Future');
        })
        .flatMap((listing) => market.futures(listing.symbol, now))
        .map((future) => ({
          description: future.listing.description,
          exchange: future.listing.product?.exchange,
          'instrument-type': 'Future',
          ...(future.expiresAt === undefined ? {} : { 'stops-trading-at': offsetTime(future.expiresAt) }),
          symbol: future.symbol,
        }));
      return list(call, futures.slice(0, Number(text(call.query, 'limit') ?? DEFAULT_LIMIT) || DEFAULT_LIMIT));
    }),
  ];
}

/** Symbols that begin with the fragment first, then names that hold it. */
function ranked(listings: readonly Listing[], fragment: string): readonly Listing[] {
  const wanted = fragment.toLowerCase();
  const bySymbol = listings.filter(({ symbol }) => symbol.toLowerCase().startsWith(wanted));
  const byName = listings.filter((one) => !bySymbol.includes(one) && one.description.toLowerCase().includes(wanted));
  return [...bySymbol.toSorted((a, b) => a.symbol.length - b.symbol.length), ...byName];
}

const INSTRUMENT_TYPES = {
  equity: 'Equity',
  etf: 'Equity',
  index: 'Index',
  crypto: 'Cryptocurrency',
  'future-product': 'Future',
} as const satisfies Record<Listing['kind'], string>;

const symbolWire = (listing: Listing) => ({
  symbol: listing.symbol,
  description: listing.description,
  'listed-market': listing.listedMarket,
  'price-increments': incrementsText(listing),
  'trading-hours': listing.kind === 'crypto' ? '24/7' : 'Regular',
  options: listing.hasOptions,
  'instrument-type': INSTRUMENT_TYPES[listing.kind],
});

const incrementsText = ({ ticks }: Listing): string =>
  ticks.map(({ below, step }) => (below === undefined ? decimalText(step) : `${step} ${below}`)).join('; ');
