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

/** The calendar day in New York, `YYYY-MM-DD`: the only day that markets know. */
export function newYorkDate(at: EpochMs): string {
  const { year, month, day } = fields(at) as { year: string; month: string; day: string };
  return `${year}-${month}-${day}`;
}

/** New York wall time with its offset, to the second: `2026-11-23T09:30:00-05:00`. */
export function newYorkIso(at: EpochMs): string {
  const f = fields(at);
  const offset = (f['timeZoneName'] ?? 'GMT').replace('GMT', '') || '+00:00';
  return `${newYorkDate(at)}T${f['hour']}:${f['minute']}:${f['second']}${offset}`;
}
