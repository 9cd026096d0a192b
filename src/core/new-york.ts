import { epochMs } from './clock.ts';
import type { EpochMs } from './clock.ts';

const ZONE = 'America/New_York';
const parts = new Intl.DateTimeFormat('en-US', {
  timeZone: ZONE,
  hourCycle: 'h23',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'longOffset',
});

function fields(at: EpochMs): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
}

const HOUR_MS = 3_600_000;
let latest: { readonly hour: number; readonly date: string } | undefined;

/** The calendar day in New York, `YYYY-MM-DD`: the only day that markets know. */
export function newYorkDate(at: EpochMs): string {
  const hour = Math.floor(at / HOUR_MS);
  // Since 1970 its days begin on whole hours, so one reading is good for all of an hour.
  if (latest?.hour === hour && hour >= 0) return latest.date;
  const { year, month, day } = fields(at) as { year: string; month: string; day: string };
  const date = `${year}-${month}-${day}`;
  latest = { hour, date };
  return date;
}

/** When the next calendar day begins in New York. */
export function newYorkDayEnd(at: EpochMs): EpochMs {
  const today = newYorkDate(at);
  let hour = Math.floor(at / HOUR_MS) + 1;
  while (newYorkDate(epochMs(hour * HOUR_MS)) === today) hour += 1;
  return epochMs(hour * HOUR_MS);
}

/** New York wall time with its offset, to the second: `2026-11-23T09:30:00-05:00`. */
export function newYorkIso(at: EpochMs): string {
  const f = fields(at);
  const offset = (f['timeZoneName'] ?? 'GMT').replace('GMT', '') || '+00:00';
  return `${newYorkDate(at)}T${f['hour']}:${f['minute']}:${f['second']}${offset}`;
}
