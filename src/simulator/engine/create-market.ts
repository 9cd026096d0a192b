import { createCalendar } from './calendar.ts';
import { createTradingClock } from './calendar/trading-clock.ts';
import type { TradingClock } from './calendar/trading-clock.ts';
import { createDatedFutures, productCodeOf } from './chains/dated-futures.ts';
import { createOptionChains } from './chains/option-chains.ts';
import { createContractSearch } from './listings/contract-search.ts';
import type { Product } from './listings/product.ts';
import { PRODUCTS } from './listings/products.ts';
import type { Contract, Market, MarketMove } from './market.ts';
import { createMoves } from './prices/moves.ts';
import { createPriceHistory } from './prices/price-history.ts';
import { createSpotPrices } from './prices/spot-prices.ts';
import { createBars } from './quoting/bars.ts';
import { createFairValue } from './quoting/fair-value.ts';
import { quoteAround, settledQuote } from './quoting/quote.ts';
import { termVolatility } from './volatility/volatility-surface.ts';

export type MarketOptions = {
  /** Any text. Markets of one seed agree on everything, also across processes. */
  readonly seed: string;
  /** The demo switch: prices move at all hours of all days. */
  readonly alwaysOpen?: boolean;
};

const DAYS_A_YEAR = 365;

export function createMarket({ seed, alwaysOpen = false }: MarketOptions): Market {
  const products = new Map(PRODUCTS.map((product) => [product.listing.symbol, product]));
  const productOf = (contract: Contract): Product => known(products, contract.listing.symbol);
  const clock = createTradingClock(alwaysOpen);
  const moves = createMoves();
  const prices = createSpotPrices({ seed, products, moves });
  const history = createPriceHistory(prices, moves);
  const chains = createOptionChains(history);
  const futures = createDatedFutures();
  const search = createContractSearch({ products, futures, chains });
  const fair = createFairValue({ productOf, clock, prices });
  const bars = createBars({ seed, clock, fair, productOf });

  return {
    calendar: createCalendar({ alwaysOpen }),
    listings: PRODUCTS.map(({ listing }) => listing),
    futures: (symbol, at) => ifKnown(products.get(symbol), (product) => futures.futures(product, at)),
    expirations: (symbol, at) => ifKnown(products.get(symbol), (product) => chains.expirations(product, at)),
    find: search.find,
    findByStreamerSymbol: search.findByStreamerSymbol,
    quote(contract, at) {
      const price = fair.price(contract, at);
      if (contract.expiresAt !== undefined && at >= contract.expiresAt) return settledQuote(price);
      return quoteAround(seed, productOf(contract), contract, {
        price,
        walked: clock.lastTraded(contract.instrumentType, at),
      });
    },
    greeks: (contract, at) => (contract.isDead ? undefined : fair.greeks(contract, at)),
    day: bars.day,
    bar: bars.bar,
    volatility(symbol, days, at) {
      const product = known(products, futureProductOf(symbol) ?? symbol);
      return termVolatility(product, days / DAYS_A_YEAR, prices.stress(lastOptionTrade(clock, product, at)));
    },
    move(move) {
      checkMove(products, move);
      moves.add(move);
      history.clear();
      chains.clear();
    },
  };
}

function ifKnown<Item>(product: Product | undefined, list: (product: Product) => readonly Item[]): readonly Item[] {
  return product === undefined ? [] : list(product);
}

function known(products: ReadonlyMap<string, Product>, symbol: string): Product {
  const product = products.get(symbol);
  if (product === undefined) throw new RangeError(`Not listed in the simulated market: ${symbol.slice(0, 32)}`);
  return product;
}

function futureProductOf(symbol: string): string | undefined {
  const code = productCodeOf(symbol);
  return code === undefined ? undefined : `/${code}`;
}

/** Implied volatility stands still when the options do. */
function lastOptionTrade(clock: TradingClock, { listing }: Product, at: number): number {
  if (listing.kind === 'crypto') return at;
  return clock.lastTraded(listing.kind === 'future-product' ? 'Future Option' : 'Equity Option', at);
}

function checkMove(products: ReadonlyMap<string, Product>, { symbol, factor }: MarketMove): void {
  known(products, symbol);
  if (!Number.isFinite(factor) || factor <= 0) throw new RangeError('A market move needs a positive factor');
}
