import type { EpochMs } from '../../core/clock.ts';
import type { WireObject } from '../engine/desk.ts';
import type { Contract, Expiration, Listing } from '../engine/market.ts';
import { notFound, notPermitted } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { cryptocurrencyWire, equityWire, futureProductWire, futureWire } from './instrument-wire.ts';
import { equityOptionWire, futureOptionProductWire, futureOptionWire } from './option-wire.ts';
import { page } from './page.ts';
import { flag, text, values } from './query.ts';
import { get, list, one, param, type Answer, type Call, type Route } from './route.ts';

/** From this version on, instrument lists come in pages. The equities always did. */
const LISTS_PAGINATE = 20250715;
const PAGES = { perPage: 1000 };

const listOf = (call: Call, items: readonly unknown[]): Answer =>
  call.version !== undefined && call.version >= LISTS_PAGINATE ? page(call, items, PAGES) : list(call, items);

export function instrumentRoutes(world: World): readonly Route[] {
  return [...equities(world), ...futures(world), ...futureProducts(world), ...options(world), ...others(world)];
}

function equities({ market }: World): readonly Route[] {
  const all = market.listings.filter(({ kind }) => kind === 'equity' || kind === 'etf' || kind === 'index');
  return [
    get('/instruments/equities', (call) => {
      const symbols = values(call.query, 'symbol');
      const kindMatches = (key: string, kind: Listing['kind'], listing: Listing): boolean =>
        text(call.query, key) === undefined || flag(call.query, key, false) === (listing.kind === kind);
      const wanted = all.filter(
        (listing) =>
          (symbols.length === 0 || symbols.includes(listing.symbol)) &&
          kindMatches('is-index', 'index', listing) &&
          kindMatches('is-etf', 'etf', listing),
      );
      const wire = wanted.map(equityWire);
      const lendability = text(call.query, 'lendability');
      const lendable =
        lendability === undefined ? wire : wire.filter((equity) => equity['lendability'] === lendability);
      return page(call, lendable, PAGES);
    }),
    get('/instruments/equities/active', (call) => page(call, all.map(equityWire), PAGES)),
    get('/instruments/equities/*', (call) => {
      const listing = all.find(({ symbol }) => symbol === param(call, '*'));
      if (listing === undefined) throw notFound(`equity ${param(call, '*')}`);
      return one(call, equityWire(listing));
    }),
  ];
}

function futures({ market, clock }: World): readonly Route[] {
  const seriesOf = (listing: Listing): readonly WireObject[] => {
    const { product } = listing;
    if (product === undefined) return [];
    const series = market.futures(listing.symbol, clock.now());
    return series.map((future) => futureWire(future, { product, series }));
  };
  return [
    get('/instruments/futures', (call) => {
      const symbols = values(call.query, 'symbol').map((symbol) => (symbol.startsWith('/') ? symbol : `/${symbol}`));
      const products = values(call.query, 'product-code');
      const exchange = text(call.query, 'exchange');
      const wanted = market.listings.filter(
        ({ product }) =>
          product !== undefined &&
          (products.length === 0 || products.includes(product.code)) &&
          (exchange === undefined || exchange === product.exchange),
      );
      const found = wanted.flatMap(seriesOf);
      const named = symbols.length === 0 ? found : found.filter(({ symbol }) => symbols.includes(String(symbol)));
      return listOf(call, named);
    }),
    get('/instruments/futures/*', (call) => {
      const asked = param(call, '*');
      const future = market.find(asked.startsWith('/') ? asked : `/${asked}`, clock.now());
      const product = future?.listing.product;
      if (future?.instrumentType !== 'Future' || product === undefined) throw notFound(`future ${asked}`);
      return one(call, futureWire(future, { product, series: market.futures(future.listing.symbol, clock.now()) }));
    }),
  ];
}

function futureProducts({ market, clock }: World): readonly Route[] {
  const optionProducts = (listing: Listing): readonly WireObject[] => {
    const { product } = listing;
    if (product === undefined) return [];
    const byRoot = Map.groupBy(market.expirations(listing.symbol, clock.now()), ({ root }) => root);
    return [...byRoot.values()].flatMap(([first]) =>
      first === undefined ? [] : [futureOptionProductWire(first, product)],
    );
  };
  const products = (): readonly WireObject[] =>
    market.listings.flatMap((listing) =>
      listing.product === undefined
        ? []
        : [{ ...futureProductWire(listing, listing.product), 'option-products': optionProducts(listing) }],
    );
  const optionProductList = (): readonly WireObject[] =>
    market.listings.flatMap((listing) => {
      const { product } = listing;
      if (product === undefined) return [];
      const owner = futureProductWire(listing, product);
      return optionProducts(listing).map((option) => ({ ...option, 'future-product': owner }));
    });
  const found = (wire: WireObject | undefined, what: string): WireObject => {
    if (wire === undefined) throw notFound(what);
    return wire;
  };
  const optionProduct = (call: Call): Answer => {
    const root = param(call, 'root');
    return one(
      call,
      found(
        optionProductList().find((wire) => wire['root-symbol'] === root),
        `product ${root}`,
      ),
    );
  };
  return [
    get('/instruments/future-products', (call) => listOf(call, products())),
    get('/instruments/future-products/:exchange/:code', (call) => {
      const [exchange, code] = [param(call, 'exchange'), param(call, 'code')];
      const match = products().find((wire) => wire['exchange'] === exchange && wire['code'] === code);
      return one(call, found(match, `product ${code}`));
    }),
    get('/instruments/future-option-products', (call) => listOf(call, optionProductList())),
    get('/instruments/future-option-products/:root', optionProduct),
    get('/instruments/future-option-products/:exchange/:root', optionProduct),
  ];
}

function options({ market, clock }: World): readonly Route[] {
  return [
    // Both exist at the broker, and refuse.
    get('/instruments/equity-options', () => {
      throw notPermitted();
    }),
    get('/instruments/future-options', () => {
      throw notPermitted();
    }),
    get('/instruments/equity-options/*', (call) => {
      const now = clock.now();
      const option = market.find(param(call, '*'), now);
      const expiration = option && expirationOf(market.expirations(option.underlying, now), option);
      if (option === undefined || expiration === undefined) throw notFound(`equity option ${param(call, '*')}`);
      return one(call, equityOptionWire(option, expiration, now));
    }),
    get('/instruments/future-options/*', (call) => {
      const now = clock.now();
      const asked = param(call, '*');
      // A URL parser that resolves dot segments eats the leading `./`.
      const option = market.find(asked.startsWith('./') ? asked : `./${asked}`, now);
      const product = option?.listing.product;
      const expiration = option && expirationOf(market.expirations(option.listing.symbol, now), option);
      if (option === undefined || product === undefined || expiration === undefined) {
        throw notFound(`future option ${asked}`);
      }
      return one(call, futureOptionWire(option, { expiration, product, now }));
    }),
  ];
}

function expirationOf(expirations: readonly Expiration[], option: Contract): Expiration | undefined {
  const sameDay = (expiration: Expiration): boolean => expiration.date === option.expiration;
  return expirations.find((expiration) => sameDay(expiration) && expiration.root === option.option?.root);
}

const CRYPTO_PRECISION = 8;

function others(world: World): readonly Route[] {
  const { market, clock } = world;
  const wire = (listing: Listing, now: EpochMs): WireObject =>
    cryptocurrencyWire(listing, market.find(listing.symbol, now)?.streamerSymbol ?? listing.symbol);
  const all = market.listings.filter(({ kind }) => kind === 'crypto');
  return [
    get('/instruments/cryptocurrencies', (call) => {
      const symbols = values(call.query, 'symbol');
      const wanted = all.filter(({ symbol }) => symbols.length === 0 || symbols.includes(symbol));
      return list(
        call,
        wanted.map((listing) => wire(listing, clock.now())),
      );
    }),
    get('/instruments/cryptocurrencies/*', (call) => {
      const listing = all.find(({ symbol }) => symbol === param(call, '*'));
      if (listing === undefined) throw notFound(`cryptocurrency ${param(call, '*')}`);
      return one(call, wire(listing, clock.now()));
    }),
    get('/instruments/quantity-decimal-precisions', (call) =>
      list(
        call,
        all.map(({ symbol }) => ({
          'instrument-type': 'Cryptocurrency',
          symbol,
          value: CRYPTO_PRECISION,
          'minimum-increment-precision': CRYPTO_PRECISION,
        })),
      ),
    ),
    get('/instruments/warrants', (call) => list(call, [])),
    get('/instruments/warrants/*', (call) => {
      throw notFound(`warrant ${param(call, '*')}`);
    }),
  ];
}
