import type { EpochMs } from '../../../core/clock.ts';
import { FRIDAY, civilDay, nthWeekday, yearOf } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { isTradingDay, tradingDayOnOrBefore, tradingDaysBefore } from '../calendar/holidays.ts';
import { newYorkInstant } from '../calendar/new-york.ts';
import { tradingHours } from '../calendar/trading-hours.ts';
import type { FuturesProduct } from '../market.ts';

/** Month letters of futures, January to December. */
export const MONTH_CODES = 'FGHJKMNQUVXZ';

/** One dated future. `month` counts from 1. */
export type FuturesMonth = {
  readonly product: FuturesProduct;
  readonly year: number;
  readonly month: number;
  readonly lastDay: CivilDay;
  readonly expiresAt: EpochMs;
};

type Rules = {
  /** How long before its last day a future is listed, in days. */
  readonly listedDays: number;
  /** When trading ends on the last day, in New York. */
  readonly endsAt: readonly [hour: number, minute: number];
  readonly lastDay: (year: number, month: number) => CivilDay;
};

const OPENING = [9, 30] as const;

const RULES: Readonly<Record<string, Rules>> = {
  ES: { listedDays: 460, endsAt: OPENING, lastDay: thirdFriday },
  NQ: { listedDays: 460, endsAt: OPENING, lastDay: thirdFriday },
  CL: { listedDays: 365, endsAt: [14, 30], lastDay: crudeLastDay },
  GC: { listedDays: 540, endsAt: [13, 30], lastDay: (year, month) => businessDaysFromEnd(year, month, 3) },
};

const YEARS_AHEAD = 3;

/** Dated futures that are listed on `today`, nearest first. */
export function futuresMonths(product: FuturesProduct, today: CivilDay): readonly FuturesMonth[] {
  const { listedDays } = rulesOf(product);
  const months: FuturesMonth[] = [];
  for (let year = yearOf(today); year < yearOf(today) + YEARS_AHEAD; year += 1) {
    for (const letter of product.months) {
      const future = futuresMonth(product, year, MONTH_CODES.indexOf(letter) + 1);
      if (future.lastDay >= today && future.lastDay - today <= listedDays) months.push(future);
    }
  }
  return months.toSorted((a, b) => a.lastDay - b.lastDay);
}

export function futuresMonth(product: FuturesProduct, year: number, month: number): FuturesMonth {
  const { lastDay, endsAt } = rulesOf(product);
  const day = lastDay(year, month);
  return { product, year, month, lastDay: day, expiresAt: expiryInstant(day, endsAt) };
}

/** A wall time in New York on a trading day, or the exchange's close if that is earlier. */
export function expiryInstant(day: CivilDay, [hour, minute]: readonly [hour: number, minute: number]): EpochMs {
  const wanted = newYorkInstant(day, hour, minute);
  const close = tradingHours('CME', day)?.closeAt ?? wanted;
  return close < wanted ? close : wanted;
}

export function monthCode(month: number): string {
  return MONTH_CODES.charAt(month - 1);
}

/** `/ESZ6`: one digit for the year. */
export function futureSymbol({ product, year, month }: FuturesMonth): string {
  return `/${product.code}${monthCode(month)}${year % 10}`;
}

/** `/ESZ26:XCME`. */
export function futureStreamerSymbol({ product, year, month }: FuturesMonth): string {
  return `/${product.code}${monthCode(month)}${year % 100}:${product.streamerExchange}`;
}

/** The `count`-th last business day of a month. */
export function businessDaysFromEnd(year: number, month: number, count: number): CivilDay {
  return tradingDaysBefore('NYSE', tradingDayOnOrBefore('NYSE', civilDay(year, month + 1, 0)), count - 1);
}

function rulesOf(product: FuturesProduct): Rules {
  const rules = RULES[product.code];
  if (rules === undefined) throw new RangeError(`No expiry rules for /${product.code}`);
  return rules;
}

function thirdFriday(year: number, month: number): CivilDay {
  return tradingDayOnOrBefore('NYSE', nthWeekday(year, month, { nth: 3, weekday: FRIDAY }));
}

/** Three business days before the 25th of the month before delivery, or four when that is none itself. */
function crudeLastDay(year: number, month: number): CivilDay {
  const reference = civilDay(year, month - 1, 25);
  return tradingDaysBefore('NYSE', reference, isTradingDay('NYSE', reference) ? 3 : 4);
}
