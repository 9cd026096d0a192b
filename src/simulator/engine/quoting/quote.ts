import { ZERO, decimal } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, MarketQuote } from '../market.ts';
import { noiseKey, uniform } from '../prices/seeded-noise.ts';
import { onTick, tickAt, tradePrice } from './tick-size.ts';

/** An unrounded fair price and the instant it is of. */
export type FairPrice = { readonly price: number; readonly walked: number };

const MARK_PLACES = 4;
const SIZE_LIFE_MS = 2048;
const BID_SIZE = 1;
const ASK_SIZE = 2;

/** An option's market is so many ticks wide, and this fraction of its price, by how liquid its underlying is. */
const OPTION_WIDTHS = {
  4: { ticks: 1, fraction: 0.004 },
  3: { ticks: 2, fraction: 0.01 },
  2: { ticks: 2, fraction: 0.03 },
  1: { ticks: 3, fraction: 0.1 },
} as const;

/** Up to how many lots of which size stand on a side. */
const DEPTHS: Readonly<Record<Contract['instrumentType'], { readonly lots: number; readonly lot: number }>> = {
  Equity: { lots: 12, lot: 40 },
  Index: { lots: 0, lot: 0 },
  'Equity Option': { lots: 120, lot: 1 },
  Future: { lots: 40, lot: 1 },
  'Future Option': { lots: 30, lot: 1 },
  Cryptocurrency: { lots: 250, lot: 0.01 },
};

export function quoteAround(seed: string, product: Product, contract: Contract, fair: FairPrice): MarketQuote {
  const mark = markOf(fair.price);
  if (contract.isDead) return { bidSize: ZERO, askSize: ZERO, mark };
  if (contract.instrumentType === 'Index') {
    const level = tradePrice(contract, fair.price);
    return { bidSize: ZERO, askSize: ZERO, last: level, mark: level };
  }
  const beyond = widthBeyondTick(product, contract, fair.price) / 2;
  const bid = onTick(contract.ticks, Math.max(0, fair.price - beyond), 'down');
  const ask = above(contract, bid, fair.price + beyond);
  const chance = drawer(seed, contract.symbol, fair.walked);
  return {
    bid,
    ask,
    bidSize: bid === ZERO ? ZERO : sizeOf(contract, product, chance(BID_SIZE)),
    askSize: sizeOf(contract, product, chance(ASK_SIZE)),
    last: tradePrice(contract, fair.price),
    mark,
  };
}

/** What an expired contract settled at. */
export function settledQuote(price: number): MarketQuote {
  const mark = markOf(price);
  return { bidSize: ZERO, askSize: ZERO, last: mark, mark };
}

function markOf(price: number): Decimal {
  return decimal(price.toFixed(MARK_PLACES));
}

/** The first tick from `price` up that is above the bid. */
function above(contract: Contract, bid: Decimal, price: number): Decimal {
  const ask = onTick(contract.ticks, price, 'up');
  if (Number(ask) > Number(bid)) return ask;
  return onTick(contract.ticks, Number(bid) + tickAt(contract.ticks, Number(bid)), 'up');
}

/** A market is never tighter than the tick; what it is wider lies evenly on both sides. */
function widthBeyondTick(product: Product, contract: Contract, price: number): number {
  const tick = tickAt(contract.ticks, price);
  if (contract.option === undefined) return Math.max(0, price * product.spread - tick);
  const { ticks, fraction } = OPTION_WIDTHS[product.listing.fundamentals.liquidity];
  return (ticks - 1) * tick + fraction * price;
}

function sizeOf(contract: Contract, product: Product, chance: number): Decimal {
  const { lots, lot } = DEPTHS[contract.instrumentType];
  // Small sizes are the usual ones.
  const deepest = Math.max(2, (lots * product.listing.fundamentals.liquidity) / 4);
  const count = 1 + Math.floor(chance * chance * deepest);
  return decimal((count * lot).toFixed(lot < 1 ? 2 : 0));
}

/** Chance that holds for a while: in (0, 1), by purpose. */
function drawer(seed: string, symbol: string, walked: number): (purpose: number) => number {
  const key = noiseKey(seed, symbol);
  return (purpose) => uniform(key, purpose, Math.floor(walked / SIZE_LIFE_MS));
}
