import { createBoundedMemo } from '../bounded-memo.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { newYorkDay, newYorkInstant } from '../calendar/new-york.ts';
import type { PriceHistory } from '../chains/option-chains.ts';
import type { Product } from '../listings/product.ts';
import type { Moves } from './moves.ts';
import type { SpotPrices } from './spot-prices.ts';

/** Years of midnights of a few dozen products. */
const REMEMBERED_PRICES = 60_000;
const SINCE_EVER = Number.NEGATIVE_INFINITY;

/** Where the products' walks stood, whether or not their markets were open: strikes are listed around it. */
export function createPriceHistory(prices: SpotPrices, moves: Moves): PriceHistory & { clear(): void } {
  const midnights = createBoundedMemo<string, number>(REMEMBERED_PRICES);
  const priceAt = (product: Product, at: number): number => prices.spot(product, { walked: at, at });
  const priceOn = (product: Product, day: CivilDay): number =>
    midnights.get(`${product.listing.symbol} ${day}`, () => priceAt(product, newYorkInstant(day, 0)));

  return {
    priceOn,
    rangeSince(product, since, at) {
      let lowest = Number.POSITIVE_INFINITY;
      let highest = 0;
      const include = (price: number): void => {
        lowest = Math.min(lowest, price);
        highest = Math.max(highest, price);
      };
      for (let day = since; day <= newYorkDay(at); day += 1) include(priceOn(product, day));
      for (const moved of moves.between(product.listing.symbol, newYorkInstant(since, 0), at)) include(priceAt(product, moved));
      return { lowest, highest };
    },
    movesUntil: (product, at) => moves.between(product.listing.symbol, SINCE_EVER, at).length,
    clear: () => midnights.clear(),
  };
}
