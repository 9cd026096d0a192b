import { monthOf, yearOf } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import type { FuturesMonth } from './futures-cycle.ts';
import type { OptionSeries } from './option-series.ts';

/** A wall time in New York. */
export type WallTime = readonly [hour: number, minute: number];

export type CodeMonth = { readonly year: number; readonly month: number };

/** One expiration of options on a future. */
export type FutureOptionExpiry = Pick<OptionSeries, 'type' | 'settlement' | 'root' | 'day'> & {
  /** Days ahead at which it is listed. */
  readonly lead: number;
  readonly endsAt: WallTime;
  /** What it delivers. */
  readonly future: FuturesMonth;
  /** The month that its contract code tells: of the delivery for the main series, of the expiry for the others. */
  readonly codeMonth: CodeMonth;
};

export function codeMonthOf(day: CivilDay): CodeMonth {
  return { year: yearOf(day), month: monthOf(day) };
}
