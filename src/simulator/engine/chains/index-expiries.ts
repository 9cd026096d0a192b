import { FRIDAY, MONDAY, civilDay, dayOfMonth, monthOf, weekday, yearOf } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { isTradingDay, tradingDayOnOrBefore } from '../calendar/holidays.ts';
import type { FuturesProduct } from '../market.ts';
import { codeMonthOf } from './future-option-expiry.ts';
import type { FutureOptionExpiry } from './future-option-expiry.ts';
import type { FuturesMonth } from './futures-cycle.ts';
import { LEAD } from './option-series.ts';

const OPENING = [9, 30] as const;
const CLOSE = [16, 0] as const;
const DAY_LETTERS = 'ABCD';
/** A fifth Friday has no series of its own: the month's end is near. */
const NUMBERED_FRIDAYS = 4;

type Naming = { readonly monthEnd: string; readonly friday: string; readonly day: string };

const NAMING: Readonly<Record<string, Naming>> = {
  ES: { monthEnd: 'EW', friday: 'EW', day: 'E' },
  NQ: { monthEnd: 'QNE', friday: 'QN', day: 'Q' },
};

/** Quarterly options settle with their future in the morning; all others, at 16:00, into the next quarter's future. */
export function indexExpiries(
  product: FuturesProduct,
  futures: readonly FuturesMonth[],
  today: CivilDay,
): readonly FutureOptionExpiry[] {
  const found: FutureOptionExpiry[] = futures.map((future) => ({
    root: product.code,
    type: 'Regular',
    settlement: 'AM',
    day: future.lastDay,
    lead: LEAD.monthly,
    endsAt: OPENING,
    future,
    codeMonth: future,
  }));
  for (let day = today; day <= today + LEAD.monthEnd; day += 1) {
    const future = futures.find(({ lastDay }) => lastDay >= day);
    if (future === undefined || future.lastDay === day || !isTradingDay('NYSE', day)) continue;
    const named = afternoonSeries(product, day);
    if (named !== undefined)
      found.push({ ...named, day, settlement: 'PM', endsAt: CLOSE, future, codeMonth: codeMonthOf(day) });
  }
  return found;
}

type AfternoonSeries = Pick<FutureOptionExpiry, 'root' | 'type' | 'lead'>;

/** `EW` at the month's end, `EW1` to `EW4` on Fridays, `E1A` to `E5D` from Monday to Thursday. */
function afternoonSeries(product: FuturesProduct, day: CivilDay): AfternoonSeries | undefined {
  const naming = NAMING[product.code];
  if (naming === undefined) return undefined;
  const nth = Math.ceil(dayOfMonth(day) / 7);
  if (day === tradingDayOnOrBefore('NYSE', civilDay(yearOf(day), monthOf(day) + 1, 0))) {
    return { root: naming.monthEnd, type: 'End-Of-Month', lead: LEAD.monthEnd };
  }
  if (weekday(day) === FRIDAY) {
    return nth > NUMBERED_FRIDAYS ? undefined : { root: `${naming.friday}${nth}`, type: 'Weekly', lead: LEAD.weekly };
  }
  return { root: `${naming.day}${nth}${DAY_LETTERS.charAt(weekday(day) - MONDAY)}`, type: 'Weekly', lead: LEAD.daily };
}
