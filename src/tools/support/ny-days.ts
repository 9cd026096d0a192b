import type { IsoDate } from '../../broker/model/symbol.ts';
import { isoDate } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import { newYorkDate } from '../../core/new-york.ts';

const DAY_MS = 86_400_000;
const utcMidnight = (day: string): number => new Date(`${day}T00:00:00Z`).getTime();

export const todayInNewYork = (now: EpochMs): IsoDate => isoDate(newYorkDate(now));

/** The calendar day `days` before today in New York. */
export function daysAgo(now: EpochMs, days: number): IsoDate {
  return isoDate(new Date(utcMidnight(newYorkDate(now)) - days * DAY_MS).toISOString().slice(0, 10));
}

/** Calendar days from today in New York to `day`; negative when it is past. */
export function daysUntil(day: IsoDate, now: EpochMs): number {
  return Math.round((utcMidnight(day) - utcMidnight(newYorkDate(now))) / DAY_MS);
}
