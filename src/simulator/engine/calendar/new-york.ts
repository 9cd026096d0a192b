import { epochMs } from '../../../core/clock.ts';
import type { EpochMs } from '../../../core/clock.ts';
import { createBoundedMemo } from '../bounded-memo.ts';
import { DAY_MS } from './civil-day.ts';
import type { CivilDay } from './civil-day.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const STANDARD_OFFSET_MS = -5 * HOUR_MS;
const REMEMBERED_HOURS = 20_000;

const newYork = new Intl.DateTimeFormat('en-US', { timeZone: 'America/New_York', hour: '2-digit', hourCycle: 'h23' });
/** Clocks change on the full hour, so one reading holds for its hour. */
const offsets = createBoundedMemo<number, number>(REMEMBERED_HOURS);

/** Milliseconds to add to an instant for the wall time in New York. */
export function newYorkOffsetMs(at: number): number {
  const hour = Math.floor(at / HOUR_MS);
  return offsets.get(hour, () => readOffset(hour));
}

function readOffset(hour: number): number {
  const wallHour = Number(newYork.format(hour * HOUR_MS));
  const behind = (((hour % 24) - wallHour + 24) % 24) * HOUR_MS;
  return -behind;
}

/** The instant of a wall time in New York. Hours below 0 and from 24 on belong to the days next to it. */
export function newYorkInstant(day: CivilDay, hour: number, minute = 0): EpochMs {
  const wall = day * DAY_MS + hour * HOUR_MS + minute * MINUTE_MS;
  return epochMs(wall - newYorkOffsetMs(wall - STANDARD_OFFSET_MS));
}

export function newYorkDay(at: number): CivilDay {
  return Math.floor((at + newYorkOffsetMs(at)) / DAY_MS);
}
