import { createBoundedMemo } from '../bounded-memo.ts';
import { formatCivilDay, yearOf } from '../calendar/civil-day.ts';
import { newYorkDay } from '../calendar/new-york.ts';
import type { Product } from '../listings/product.ts';
import type { Contract, FuturesProduct } from '../market.ts';
import { MONTH_CODES, futureStreamerSymbol, futureSymbol, futuresMonth, futuresMonths } from './futures-cycle.ts';
import type { FuturesMonth } from './futures-cycle.ts';

export type DatedFutures = {
  /** Listed at `at`, nearest first. */
  futures(product: Product, at: number): readonly Contract[];
};

const REMEMBERED_DAYS = 256;

export function createDatedFutures(): DatedFutures {
  const byDay = createBoundedMemo<string, readonly Contract[]>(REMEMBERED_DAYS);
  return {
    futures(product, at) {
      const details = product.listing.product;
      if (details === undefined) return [];
      const today = newYorkDay(at);
      const listed = byDay.get(`${details.code} ${today}`, () =>
        futuresMonths(details, today).map((month) => futureContract(product, month)),
      );
      return listed.filter(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > at);
    },
  };
}

function futureContract({ listing }: Product, month: FuturesMonth): Contract {
  const symbol = futureSymbol(month);
  return {
    symbol,
    instrumentType: 'Future',
    listing,
    streamerSymbol: futureStreamerSymbol(month),
    underlying: symbol,
    multiplier: listing.multiplier,
    ticks: listing.ticks,
    isDead: false,
    expiresAt: month.expiresAt,
    expiration: formatCivilDay(month.lastDay),
  };
}

/** `/ESZ6` or `/ESZ26:XCME` tells its product, `ES`. */
export function productCodeOf(symbol: string): string | undefined {
  return /^\/([A-Z]{2})[F-Z]\d{1,2}(?::[A-Z]{4})?$/u.exec(symbol)?.[1];
}

/** When the future expires that an option of `optionExpiresAt` delivers: the first of its name from then on. */
export function deliveredAt(product: FuturesProduct, symbol: string, optionExpiresAt: number): number {
  const month = MONTH_CODES.indexOf(symbol.charAt(symbol.length - 2)) + 1;
  const year = yearOf(newYorkDay(optionExpiresAt));
  const ahead = (Number(symbol.slice(-1)) - (year % 10) + 10) % 10;
  return futuresMonth(product, year + ahead, month).expiresAt;
}
