import { FRIDAY, MONDAY, WEDNESDAY, dayOfMonth, weekday } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import { isTradingDay, tradingDayOnOrBefore, tradingDaysBefore } from '../calendar/holidays.ts';
import type { FuturesProduct } from '../market.ts';
import { codeMonthOf } from './future-option-expiry.ts';
import type { FutureOptionExpiry, WallTime } from './future-option-expiry.ts';
import { businessDaysFromEnd } from './futures-cycle.ts';
import type { FuturesMonth } from './futures-cycle.ts';
import { LEAD } from './option-series.ts';

type Conventions = {
  readonly endsAt: WallTime;
  readonly main: string;
  /** The series of a weekday, given which of its month it is. */
  readonly weekly: Readonly<Record<number, (nth: number) => string>>;
  readonly mainExpiries: (futures: readonly FuturesMonth[], today: CivilDay) => readonly MainExpiry[];
  /** Whether a weekly option of a day may deliver the future. */
  readonly delivers: (future: FuturesMonth, day: CivilDay) => boolean;
};

type MainExpiry = Pick<FutureOptionExpiry, 'day' | 'future' | 'codeMonth'>;

const MONTHS_AHEAD = 9;
/** Options on crude end this many business days before their future. */
const CRUDE_MARGIN = 3;
/** Options on gold end this many business days before the month that names them. */
const GOLD_MARGIN = 4;

const CONVENTIONS: Readonly<Record<string, Conventions>> = {
  CL: {
    endsAt: [14, 30],
    main: 'LO',
    weekly: { [MONDAY]: (nth) => `ML${nth}`, [WEDNESDAY]: (nth) => `WL${nth}`, [FRIDAY]: (nth) => `LO${nth}` },
    mainExpiries: (futures) => futures.map((future) => ({ day: crudeOptionDay(future), future, codeMonth: future })),
    delivers: (future, day) => crudeOptionDay(future) >= day,
  },
  GC: {
    endsAt: [13, 30],
    main: 'OG',
    weekly: { [MONDAY]: (nth) => `G${nth}M`, [WEDNESDAY]: (nth) => `G${nth}W`, [FRIDAY]: (nth) => `OG${nth}` },
    mainExpiries: goldExpiries,
    delivers: (future, day) => monthCount(future) > monthCount(codeMonthOf(day)),
  },
};

export function commodityExpiries(
  product: FuturesProduct,
  futures: readonly FuturesMonth[],
  today: CivilDay,
): readonly FutureOptionExpiry[] {
  const conventions = CONVENTIONS[product.code];
  if (conventions === undefined) return [];
  const { main, endsAt, delivers } = conventions;
  const found: FutureOptionExpiry[] = conventions
    .mainExpiries(futures, today)
    .map((expiry) => ({ ...expiry, root: main, type: 'Regular', settlement: 'PM', lead: LEAD.quarterEnd, endsAt }));
  const taken = new Set(found.map(({ day }) => day));
  for (let day = today; day <= today + LEAD.weekly; day += 1) {
    const root = conventions.weekly[weekday(day)]?.(Math.ceil(dayOfMonth(day) / 7));
    const future = futures.find((candidate) => delivers(candidate, day));
    if (root === undefined || future === undefined || taken.has(day) || !isTradingDay('NYSE', day)) continue;
    const lead = weekday(day) === FRIDAY ? LEAD.weekly : LEAD.daily;
    found.push({ root, type: 'Weekly', settlement: 'PM', day, lead, endsAt, future, codeMonth: codeMonthOf(day) });
  }
  return found;
}

function crudeOptionDay(future: FuturesMonth): CivilDay {
  return tradingDaysBefore('NYSE', future.lastDay, CRUDE_MARGIN);
}

/** Every calendar month has options; they deliver the next even month's future. */
function goldExpiries(futures: readonly FuturesMonth[], today: CivilDay): readonly MainExpiry[] {
  const first = monthCount(codeMonthOf(today));
  return Array.from({ length: MONTHS_AHEAD + 1 }, (_, ahead) => first + ahead).flatMap((count) => {
    const codeMonth = { year: Math.floor(count / 12), month: (count % 12) + 1 };
    const future = futures.find((candidate) => monthCount(candidate) >= count);
    return future === undefined ? [] : [{ day: goldOptionDay(codeMonth.year, codeMonth.month), future, codeMonth }];
  });
}

/** Never on a Friday: then, and before a holiday, a day earlier. */
function goldOptionDay(year: number, month: number): CivilDay {
  const day = businessDaysFromEnd(year, month - 1, GOLD_MARGIN);
  const isUsable = weekday(day) !== FRIDAY && isTradingDay('NYSE', day + 1);
  return isUsable ? day : tradingDayOnOrBefore('NYSE', day - 1);
}

function monthCount({ year, month }: { readonly year: number; readonly month: number }): number {
  return year * 12 + month - 1;
}
