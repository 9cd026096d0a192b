import type { EpochMs } from '../../../core/clock.ts';
import { newYorkDate } from '../../../core/new-york.ts';

const HOUR_MS = 3_600_000;
const KEPT = 4096;
const byHour = new Map<number, string>();

/** The New York day of an instant. Offsets change on whole hours, so one answer serves its hour. */
export function tradingDay(at: EpochMs): string {
  const hour = Math.floor(at / HOUR_MS);
  const known = byHour.get(hour);
  if (known !== undefined) return known;
  if (byHour.size >= KEPT) byHour.clear();
  const date = newYorkDate(at);
  byHour.set(hour, date);
  return date;
}
