import { isoDate } from '../../../broker/model/symbol.ts';
import type { IsoDate } from '../../../broker/model/symbol.ts';
import { createBoundedMemo } from '../bounded-memo.ts';

/** A calendar day as whole days since 1970-01-01, so that days can be counted. It belongs to no time zone. */
export type CivilDay = number;

export const DAY_MS = 86_400_000;
export const SUNDAY = 0;
export const MONDAY = 1;
export const WEDNESDAY = 3;
export const THURSDAY = 4;
export const FRIDAY = 5;
export const SATURDAY = 6;

const ISO = /^\d{4}-\d{2}-\d{2}$/u;
/** 1970-01-01 was a Thursday. */
const EPOCH_WEEKDAY = THURSDAY;

/** `month` counts from 1; days beyond the month's end run on into the next, and day 0 is the end of the month before. */
export function civilDay(year: number, month: number, day: number): CivilDay {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** RangeError for text that is no date of the calendar. */
export function parseCivilDay(date: string): CivilDay {
  const day = ISO.test(date) ? Date.parse(`${date}T00:00:00Z`) / DAY_MS : Number.NaN;
  if (Number.isNaN(day) || formatCivilDay(day) !== date) throw new RangeError(`Not a date: ${date.slice(0, 10)}`);
  return day;
}

/** A day taken apart. Chains and histories ask for the same few thousand days over and over. */
type DayParts = { readonly text: IsoDate; readonly year: number; readonly month: number; readonly dayOfMonth: number };

const REMEMBERED_DAYS = 20_000;
const taken = createBoundedMemo<CivilDay, DayParts>(REMEMBERED_DAYS);

const partsOf = (day: CivilDay): DayParts =>
  taken.get(day, () => {
    const at = new Date(day * DAY_MS);
    return {
      text: isoDate(at.toISOString().slice(0, 10)),
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      dayOfMonth: at.getUTCDate(),
    };
  });

export function formatCivilDay(day: CivilDay): IsoDate {
  return partsOf(day).text;
}

/** 0 is Sunday. */
export function weekday(day: CivilDay): number {
  return (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

export function yearOf(day: CivilDay): number {
  return partsOf(day).year;
}

/** From 1. */
export function monthOf(day: CivilDay): number {
  return partsOf(day).month;
}

export function dayOfMonth(day: CivilDay): number {
  return partsOf(day).dayOfMonth;
}

/** The `nth` (from 1) such weekday of a month. */
export function nthWeekday(
  year: number,
  month: number,
  ordinal: { readonly nth: number; readonly weekday: number },
): CivilDay {
  const first = civilDay(year, month, 1);
  return first + ((ordinal.weekday - weekday(first) + 7) % 7) + 7 * (ordinal.nth - 1);
}

export function lastWeekday(year: number, month: number, wanted: number): CivilDay {
  const last = civilDay(year, month + 1, 0);
  return last - ((weekday(last) - wanted + 7) % 7);
}
