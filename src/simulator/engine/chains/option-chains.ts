import { createBoundedMemo } from '../bounded-memo.ts';
import { formatCivilDay } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { newYorkDay } from '../calendar/new-york.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, Expiration } from '../market.ts';
import { buildExpiration } from './build-expiration.ts';
import { equitySeries } from './equity-series.ts';
import { futuresSeries } from './futures-series.ts';
import type { OptionSeries } from './option-series.ts';
import { strikeLadder } from './strike-layers.ts';
import type { PriceRange } from './strike-layers.ts';

/** What prices a product had when its strikes were listed. */
export type PriceHistory = {
  /** From the day's start until `at`. */
  rangeSince(product: Product, day: CivilDay, at: number): PriceRange;
  /** How many moves had been commanded by `at`: each may have widened the range within the day. */
  movesUntil(product: Product, at: number): number;
};

export type WantedOption = {
  readonly code: string;
  readonly strike: number;
  readonly side: 'C' | 'P';
  readonly date?: string;
};

export type OptionChains = {
  expirations(product: Product, at: number): readonly Expiration[];
  find(product: Product, wanted: WantedOption, at: number): Contract | undefined;
  clear(): void;
};

const REMEMBERED_EXPIRATIONS = 800;
const REMEMBERED_SCHEDULES = 256;

export function createOptionChains(history: PriceHistory): OptionChains {
  const schedules = createBoundedMemo<string, readonly OptionSeries[]>(REMEMBERED_SCHEDULES);
  const built = createBoundedMemo<string, Expiration>(REMEMBERED_EXPIRATIONS);
  const current = createBoundedMemo<string, Expiration>(REMEMBERED_EXPIRATIONS);

  const listed = (product: Product, at: number): readonly OptionSeries[] => {
    const today = newYorkDay(at);
    const schedule = schedules.get(`${product.listing.symbol} ${today}`, () =>
      product.listing.product === undefined ? equitySeries(product, today) : futuresSeries(product, today),
    );
    return schedule.filter(({ expiresAt }) => expiresAt > at);
  };
  const expiration = (product: Product, series: OptionSeries, at: number): Expiration => {
    const name = `${series.contractCode} ${series.day} ${newYorkDay(at)} ${history.movesUntil(product, at)}`;
    return current.get(name, () => withStrikes(product, series, at));
  };
  // The walk is known in advance, so a contract can be given up for good from its first day on.
  const lifeOf = (product: Product, { listedSince, expiresAt }: OptionSeries): PriceRange =>
    history.rangeSince(product, listedSince, expiresAt);
  const withStrikes = (product: Product, series: OptionSeries, at: number): Expiration => {
    const strikes = strikeLadder(series.layers, newYorkDay(at), (since) => history.rangeSince(product, since, at));
    // Strikes are only ever added, so their count and ends tell the ladder.
    const key = `${series.contractCode} ${series.day} ${strikes.length} ${strikes[0]} ${strikes.at(-1)}`;
    return built.get(key, () => buildExpiration(product, series, { strikes, life: lifeOf(product, series) }));
  };
  return {
    expirations: (product, at) => listed(product, at).map((series) => expiration(product, series, at)),
    find(product, { code, strike, side, date }, at) {
      const series = listed(product, at).find(
        ({ contractCode, day }) => contractCode === code && (date === undefined || formatCivilDay(day) === date),
      );
      if (series === undefined) return undefined;
      const row = strikeRow(expiration(product, series, at), strike);
      return side === 'C' ? row?.call : row?.put;
    },
    clear() {
      built.clear();
      current.clear();
    },
  };
}

function strikeRow({ strikes }: Expiration, wanted: number): Expiration['strikes'][number] | undefined {
  let low = 0;
  let high = strikes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const row = strikes[middle];
    if (row === undefined || Number(row.strike) === wanted) return row;
    if (Number(row.strike) < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
