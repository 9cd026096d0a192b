import { createBoundedMemo } from '../bounded-memo.ts';
import {
  FRIDAY,
  MONDAY,
  SATURDAY,
  SUNDAY,
  THURSDAY,
  civilDay,
  lastWeekday,
  nthWeekday,
  weekday,
  yearOf,
} from './civil-day.ts';
import type { CivilDay } from './civil-day.ts';

export type Exchange = 'NYSE' | 'CME';

export type ClosedDays = {
  readonly closed: ReadonlySet<CivilDay>;
  readonly early: ReadonlySet<CivilDay>;
};

type Holiday = { readonly day: CivilDay; /** CME only shortens the day. */ readonly tradesAtCme: boolean };

const JUNETEENTH_SINCE = 2022;
/** Days of national mourning, which no rule foretells. */
const MOURNING: readonly CivilDay[] = [civilDay(2025, 1, 9)];

const years = createBoundedMemo<string, ClosedDays>(128);

export function closedDays(exchange: Exchange, year: number): ClosedDays {
  return years.get(`${exchange}${year}`, () => (exchange === 'NYSE' ? nyseClosedDays(year) : cmeClosedDays(year)));
}

export function isTradingDay(exchange: Exchange, day: CivilDay): boolean {
  const name = weekday(day);
  return name !== SATURDAY && name !== SUNDAY && !closedDays(exchange, yearOf(day)).closed.has(day);
}

export function closesEarly(exchange: Exchange, day: CivilDay): boolean {
  return closedDays(exchange, yearOf(day)).early.has(day);
}

/** The day itself when it trades, else the last trading day before it. */
export function tradingDayOnOrBefore(exchange: Exchange, day: CivilDay): CivilDay {
  let candidate = day;
  while (!isTradingDay(exchange, candidate)) candidate -= 1;
  return candidate;
}

/** `count` trading days before `day`. */
export function tradingDaysBefore(exchange: Exchange, day: CivilDay, count: number): CivilDay {
  let candidate = day;
  for (let left = count; left > 0; left -= 1) candidate = tradingDayOnOrBefore(exchange, candidate - 1);
  return candidate;
}

function nyseClosedDays(year: number): ClosedDays {
  const closed = new Set([
    ...nyseHolidays(year).map(({ day }) => day),
    ...MOURNING.filter((day) => yearOf(day) === year),
  ]);
  return { closed, early: earlyCloses(year, closed) };
}

/** CME's equity, energy and metal futures close for three holidays and end early on the others. */
function cmeClosedDays(year: number): ClosedDays {
  const holidays = nyseHolidays(year);
  const closed = new Set(holidays.filter(({ tradesAtCme }) => !tradesAtCme).map(({ day }) => day));
  const shortened = holidays.filter(({ tradesAtCme }) => tradesAtCme).map(({ day }) => day);
  const early = new Set([...shortened, ...earlyCloses(year, new Set(holidays.map(({ day }) => day)))]);
  return { closed, early: new Set([...early].toSorted((a, b) => a - b)) };
}

function nyseHolidays(year: number): readonly Holiday[] {
  const newYear = civilDay(year, 1, 1);
  const juneteenth = observed(civilDay(year, 6, 19));
  return [
    // A New Year's Day on Saturday is not made up for: the last day of the year belongs to the old year's books.
    ...(weekday(newYear) === SATURDAY ? [] : [{ day: observed(newYear), tradesAtCme: false }]),
    { day: nthWeekday(year, 1, { nth: 3, weekday: MONDAY }), tradesAtCme: true },
    { day: nthWeekday(year, 2, { nth: 3, weekday: MONDAY }), tradesAtCme: true },
    { day: easterSunday(year) - 2, tradesAtCme: false },
    { day: lastWeekday(year, 5, MONDAY), tradesAtCme: true },
    ...(year < JUNETEENTH_SINCE ? [] : [{ day: juneteenth, tradesAtCme: true }]),
    { day: observed(civilDay(year, 7, 4)), tradesAtCme: true },
    { day: nthWeekday(year, 9, { nth: 1, weekday: MONDAY }), tradesAtCme: true },
    { day: nthWeekday(year, 11, { nth: 4, weekday: THURSDAY }), tradesAtCme: true },
    { day: observed(civilDay(year, 12, 25)), tradesAtCme: false },
  ];
}

/** July 3, the day after Thanksgiving and Christmas Eve, where they would trade at all. */
function earlyCloses(year: number, holidays: ReadonlySet<CivilDay>): ReadonlySet<CivilDay> {
  const candidates = [
    civilDay(year, 7, 3),
    nthWeekday(year, 11, { nth: 4, weekday: THURSDAY }) + 1,
    civilDay(year, 12, 24),
  ];
  return new Set(candidates.filter((day) => weekday(day) >= MONDAY && weekday(day) <= FRIDAY && !holidays.has(day)));
}

/** A Saturday's holiday is kept on Friday, a Sunday's on Monday. */
function observed(day: CivilDay): CivilDay {
  if (weekday(day) === SATURDAY) return day - 1;
  return weekday(day) === SUNDAY ? day + 1 : day;
}

/** Gregorian Easter, by Gauss's method with the usual two exceptions. */
function easterSunday(year: number): CivilDay {
  const century = Math.floor(year / 100);
  const moonShift = (15 - Math.floor((13 + 8 * century) / 25) + century - Math.floor(century / 4)) % 30;
  const sunShift = (4 + century - Math.floor(century / 4)) % 7;
  const metonic = year % 19;
  const fullMoon = (19 * metonic + moonShift) % 30;
  const toSunday = (2 * (year % 4) + 4 * (year % 7) + 6 * fullMoon + sunShift) % 7;
  const march = 22 + fullMoon + toSunday;
  const tooLate = toSunday === 6 && (fullMoon === 29 || (fullMoon === 28 && metonic > 10));
  return civilDay(year, 3, tooLate ? march - 7 : march);
}
