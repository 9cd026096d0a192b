import { createBoundedMemo } from '../bounded-memo.ts';
import type { BoundedMemo } from '../bounded-memo.ts';
import { newYorkDay, newYorkInstant } from '../calendar/new-york.ts';
import type { PriceHistory } from '../chains/option-chains.ts';
import type { Product } from '../listings/product.ts';
import type { Moves } from './moves.ts';
import type { SpotPrices } from './spot-prices.ts';

/** Midnights of each product: from years ago to years ahead. */
const REMEMBERED_PRICES = 2048;
const SINCE_EVER = Number.NEGATIVE_INFINITY;

/** Where the products' walks stood, whether or not their markets were open: strikes are listed around it. */
export function createPriceHistory(prices: SpotPrices, moves: Moves): PriceHistory & { clear(): void } {
  const midnights = new Map<Product, BoundedMemo<number, number>>();
  const priceAt = (product: Product, at: number): number => prices.spot(product, { walked: at, at });
  const midnightsOf = (product: Product): BoundedMemo<number, number> => {
    const known = midnights.get(product) ?? createBoundedMemo<number, number>(REMEMBERED_PRICES);
    midnights.set(product, known);
    return known;
  };

  return {
    rangeSince(product, since, at) {
      let lowest = Number.POSITIVE_INFINITY;
      let highest = 0;
      const include = (price: number): void => {
        lowest = Math.min(lowest, price);
        highest = Math.max(highest, price);
      };
      const known = midnightsOf(product);
      for (let day = since; day <= newYorkDay(at); day += 1) {
        include(known.get(day, () => priceAt(product, newYorkInstant(day, 0))));
      }
      for (const moved of moves.between(product.listing.symbol, newYorkInstant(since, 0), at))
        include(priceAt(product, moved));
      return { lowest, highest };
    },
    movesUntil: (product, at) => moves.between(product.listing.symbol, SINCE_EVER, at).length,
    clear: () => midnights.clear(),
  };
}
