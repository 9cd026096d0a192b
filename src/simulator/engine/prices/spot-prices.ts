import type { Factor, PriceSource, Product } from '../listings/product.ts';
import { MARKET_VOLATILITY } from '../listings/product.ts';
import { createBrownianWalk, YEAR_MS } from './brownian-walk.ts';
import type { BrownianWalk } from './brownian-walk.ts';
import { termVolatility } from '../volatility/volatility-surface.ts';
import type { Moves } from './moves.ts';

/** The closing auction of Friday 2026-11-20: then every product stands at its anchor, whatever the seed. */
export const ANCHOR_AT = Date.UTC(2026, 10, 20, 21);

/** Where walks are at `walked` (the market's last open instant) with what was commanded until `at`. */
export type Instant = { readonly walked: number; readonly at: number };

export type SpotPrices = {
  spot(product: Product, instant: Instant): number;
  /** How much higher than usual short-dated implied volatility is: the logarithm of the ratio. */
  stress(walked: number): number;
};

type Dependencies = { readonly seed: string; readonly products: ReadonlyMap<string, Product>; readonly moves: Moves };

/** Prices stay near their anchors over the years: 2^35 ms is 13 months, 2^31 ms 25 days. */
const PRICE_HORIZON = 35;
const STRESS_HORIZON = 31;
/** Volatility of volatility, and how it rises when the market has fallen over the last month. */
const STRESS_VOLATILITY = 1.1;
const STRESS_LEVERAGE = 3.5;
const STRESS_MEMORY_MS = 30 * 86_400_000;
const CALMEST = -0.45;
const WILDEST = 1.2;
/** The index measures the whole smile, which lies a little above its middle. */
const INDEX_POINTS = 104;
const INDEX_YEARS = 30 / 365;

type WalkSource = Extract<PriceSource, { from: 'walk' }>;

export function createSpotPrices({ seed, products, moves }: Dependencies): SpotPrices {
  const stress = createStress(seed);
  const factors = new Map<string, BrownianWalk>();
  const factor = (name: string): BrownianWalk => {
    const known = factors.get(name) ?? createAnchoredWalk(seed, name);
    factors.set(name, known);
    return known;
  };
  const walkedPrice = (symbol: string, source: WalkSource, walked: number): number => {
    let logarithm = (source.drift * (walked - ANCHOR_AT)) / YEAR_MS;
    for (const [name, weight] of Object.entries(source.factors))
      if (weight !== 0) logarithm += weight * factor(name)(walked);
    if (source.own !== 0) logarithm += source.own * factor(`own/${symbol}`)(walked);
    return source.anchor * Math.exp(logarithm);
  };
  const unmoved = (product: Product, walked: number): number => {
    const source = product.price;
    if (source.from === 'walk') return walkedPrice(product.listing.symbol, source, walked);
    const base = products.get(source.symbol);
    if (base === undefined)
      throw new RangeError(`${product.listing.symbol} follows ${source.symbol}, which is not listed`);
    if (source.from === 'product') return source.ratio * unmoved(base, walked);
    return INDEX_POINTS * termVolatility(base, INDEX_YEARS, stress(walked));
  };
  return {
    stress,
    spot: (product, { walked, at }) => unmoved(product, walked) * moves.factor(product.listing.symbol, at),
  };
}

function createAnchoredWalk(seed: string, name: string): BrownianWalk {
  const walk = createBrownianWalk({ seed, name, horizonLevel: PRICE_HORIZON });
  const anchor = walk(ANCHOR_AT);
  return (at) => walk(at) - anchor;
}

function createStress(seed: string): SpotPrices['stress'] {
  const market = createBrownianWalk({ seed, name: 'market' satisfies Factor, horizonLevel: PRICE_HORIZON });
  const own = createBrownianWalk({ seed, name: 'stress', horizonLevel: STRESS_HORIZON });
  return (walked) => {
    const lastMonth = MARKET_VOLATILITY * (market(walked) - market(walked - STRESS_MEMORY_MS));
    return Math.min(WILDEST, Math.max(CALMEST, STRESS_VOLATILITY * own(walked) - STRESS_LEVERAGE * lastMonth));
  };
}
