import type { EpochMs } from '../../../core/clock.ts';
import type { Listing } from '../market.ts';
import type { Floor } from '../matching/floor.ts';

/** Over how many days a past runs, and how many episodes of each kind are in it. */
export type PastAmounts = {
  readonly days: number;
  readonly stocks: number;
  readonly options: number;
  readonly futures: number;
  readonly crypto: number;
  readonly unfilled: number;
  /** The most that one purchase of stock may cost, in dollars. */
  readonly budget: number;
};

export const PAST_AMOUNTS: Record<'busy' | 'quiet', PastAmounts> = {
  busy: { days: 730, stocks: 70, options: 95, futures: 35, crypto: 14, unfilled: 50, budget: 15_000 },
  quiet: { days: 120, stocks: 8, options: 6, futures: 2, crypto: 1, unfilled: 4, budget: 4000 },
};

/** What there is to trade. */
export type PastChoices = {
  readonly stocks: readonly [Listing, ...Listing[]];
  readonly funds: readonly [Listing, ...Listing[]];
  readonly futures: readonly Listing[];
  readonly crypto: readonly Listing[];
};

const FAMILIAR_FUTURES: ReadonlySet<string> = new Set(['/ES', '/MES', '/NQ', '/MNQ', '/CL', '/GC']);

/** Stocks are held for themselves, options are traded on funds: a delivery is never mistaken for a holding. */
export function choicesOf(floor: Floor, at: EpochMs): PastChoices | undefined {
  const of = (kind: Listing['kind']): Listing[] => floor.market.listings.filter((listing) => listing.kind === kind);
  const isQuoted = ({ symbol }: Listing): boolean => floor.market.find(symbol, at)?.isDead === false;
  const [stock, ...stocks] = of('equity').filter(isQuoted);
  const [fund, ...funds] = of('etf').filter((listing) => listing.hasOptions);
  if (stock === undefined || fund === undefined) return undefined;
  const futures = of('future-product');
  const familiar = futures.filter((listing) => FAMILIAR_FUTURES.has(listing.symbol));
  return {
    stocks: [stock, ...stocks],
    funds: [fund, ...funds.slice(0, 4)],
    futures: familiar.length > 0 ? familiar : futures,
    crypto: of('crypto'),
  };
}
