import { epochMs, type EpochMs } from '../../../core/clock.ts';
import type { TimeInForce } from '../../../broker/model/order.ts';
import { isoDate } from '../../../broker/model/symbol.ts';
import type { Calendar } from '../calendar.ts';
import { collectionOf } from '../calendar/trading-clock.ts';
import type { TradedType } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';

/** What decides when an order may trade. */
export type Keeps = { readonly type: TradedType; readonly timeInForce: TimeInForce };

export type Hours = {
  isOpen(keeps: Keeps, at: EpochMs): boolean;
  /** The first instant after `at` at which it may trade; `at` itself is not asked. */
  opensAfter(keeps: Keeps, at: EpochMs): EpochMs;
  /** When what is good for the day of `at` ends: of the running session, else of the next. */
  dayEnds(keeps: Keeps, at: EpochMs): EpochMs;
  /** When what is good until this New York date ends. */
  dateEnds(keeps: Keeps, date: string): EpochMs;
};

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Midnight in New York after the instant: offsets change on whole hours. */
function nextMidnight(at: EpochMs): EpochMs {
  const today = tradingDay(at);
  let hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  while (tradingDay(epochMs(hour)) === today) hour += HOUR_MS;
  return epochMs(hour);
}

/** The night session joins two trading days; it does not run over a weekend. */
function isNight(calendar: Calendar, at: EpochMs): boolean {
  const { next } = calendar.sessionAt('Equity', at);
  return next.startAt - at <= DAY_MS / 2;
}

export function createHours(calendar: Calendar): Hours {
  function isOpen({ type, timeInForce }: Keeps, at: EpochMs): boolean {
    if (!timeInForce.includes('Ext') || type !== 'Equity') return calendar.isOpen(type, at);
    const { state } = calendar.sessionAt('Equity', at);
    return state !== 'Closed' || (timeInForce.endsWith('Overnight') && isNight(calendar, at));
  }

  function opensAfter({ type, timeInForce }: Keeps, at: EpochMs): EpochMs {
    if (type === 'Cryptocurrency') return at;
    const { session, next } = calendar.sessionAt(collectionOf(type), at);
    const extended = timeInForce.includes('Ext') && type === 'Equity';
    if (extended && timeInForce.endsWith('Overnight')) return epochMs(next.startAt - DAY_MS / 2);
    if (extended) return session !== undefined && session.startAt > at ? session.startAt : next.startAt;
    return session !== undefined && session.openAt > at ? session.openAt : next.openAt;
  }

  function dayEnds({ type, timeInForce }: Keeps, at: EpochMs): EpochMs {
    if (type === 'Cryptocurrency') return nextMidnight(at);
    const { session, next } = calendar.sessionAt(collectionOf(type), at);
    const extended = timeInForce.includes('Ext') && type === 'Equity';
    const end = session === undefined ? undefined : extended ? session.closeAtExtended : session.closeAt;
    if (end !== undefined && end > at) return end;
    return extended ? next.closeAtExtended : next.closeAt;
  }

  function dateEnds(keeps: Keeps, date: string): EpochMs {
    const noon = epochMs(Date.parse(`${date}T17:00:00Z`));
    if (keeps.type === 'Cryptocurrency') return nextMidnight(noon);
    const session = calendar.session(collectionOf(keeps.type), isoDate(date));
    return session?.closeAt ?? calendar.sessionAt(collectionOf(keeps.type), noon).next.closeAt;
  }

  return { isOpen, opensAfter, dayEnds, dateEnds };
}
