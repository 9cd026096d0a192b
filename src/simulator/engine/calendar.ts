import type { InstrumentType, IsoDate } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import { formatCivilDay, parseCivilDay } from './calendar/civil-day.ts';
import type { CivilDay } from './calendar/civil-day.ts';
import { closedDays } from './calendar/holidays.ts';
import { newYorkDay } from './calendar/new-york.ts';
import { collectionOf } from './calendar/trading-clock.ts';
import { endlessHours, tradingHours } from './calendar/trading-hours.ts';
import type { Collection, Session } from './calendar/session.ts';

export type SessionState = 'Open' | 'Closed' | 'Pre-market' | 'Extended';

export type CurrentSession = {
  readonly state: SessionState;
  /** The session that runs at the instant, else that of its New York date; a closed day has none. */
  readonly session?: Session;
  /** The first session that starts after the instant. */
  readonly next: Session;
  /** The last session that had ended by the instant. */
  readonly previous: Session;
};

export type Holidays = { readonly holidays: readonly IsoDate[]; readonly halfDays: readonly IsoDate[] };

/** Market hours as a function of the instant, New York daylight saving included. Real rules for 2020 to 2035. */
export type Calendar = {
  /** Undefined on a closed day. RangeError for what is no date. */
  session(collection: Collection, date: IsoDate): Session | undefined;
  /** Sessions from `from` to `to`, both included, in order. */
  sessions(collection: Collection, from: IsoDate, to: IsoDate): readonly Session[];
  sessionAt(collection: Collection, at: EpochMs): CurrentSession;
  /** In order of date. The days of a CME half day are those that end early. */
  holidays(collection: Collection, year: number): Holidays;
  /** Whether orders in this type of instrument can trade: the regular session, without pre-market and extended hours. */
  isOpen(type: InstrumentType, at: EpochMs): boolean;
  /** The day in New York. */
  dateAt(at: EpochMs): IsoDate;
};

export type CalendarOptions = {
  /** The demo switch: every day has a session from midnight to midnight in New York. Holidays stay the exchange's own. */
  readonly alwaysOpen?: boolean;
};

export function createCalendar(options: CalendarOptions = {}): Calendar {
  const alwaysOpen = options.alwaysOpen === true;
  const hours: HoursOf = alwaysOpen ? endlessHours : tradingHours;
  const sessionAt = (collection: Collection, at: EpochMs): CurrentSession => currentSession(hours, collection, at);
  return {
    session: (collection, date) => hours(collection, parseCivilDay(date)),
    sessions: (collection, from, to) => sessionsBetween(hours, collection, [parseCivilDay(from), parseCivilDay(to)]),
    sessionAt,
    holidays: holidaysOf,
    isOpen: (type, at) => type === 'Cryptocurrency' || sessionAt(collectionOf(type), at).state === 'Open',
    dateAt: (at) => formatCivilDay(newYorkDay(at)),
  };
}

type HoursOf = (collection: Collection, day: CivilDay) => Session | undefined;

function currentSession(hours: HoursOf, collection: Collection, at: EpochMs): CurrentSession {
  const today = newYorkDay(at);
  const next = nearestSession(hours, { collection, day: today, step: 1 }, (session) => session.startAt > at);
  const previous = nearestSession(
    hours,
    { collection, day: today + 1, step: -1 },
    (session) => session.closeAtExtended <= at,
  );
  // The evening before already belongs to a futures session.
  const running = [today, today + 1].map((day) => hours(collection, day)).find((session) => isRunning(session, at));
  const session = running ?? hours(collection, today);
  return { state: stateAt(running, at), ...(session === undefined ? {} : { session }), next, previous };
}

function isRunning(session: Session | undefined, at: EpochMs): boolean {
  return session !== undefined && session.startAt <= at && at < session.closeAtExtended;
}

function stateAt(running: Session | undefined, at: EpochMs): SessionState {
  if (running === undefined) return 'Closed';
  if (at < running.openAt) return 'Pre-market';
  return at < running.closeAt ? 'Open' : 'Extended';
}

type Walk = { readonly collection: Collection; readonly day: CivilDay; readonly step: 1 | -1 };

function nearestSession(hours: HoursOf, walk: Walk, wanted: (session: Session) => boolean): Session {
  for (let day = walk.day; ; day += walk.step) {
    const session = hours(walk.collection, day);
    if (session !== undefined && wanted(session)) return session;
  }
}

function sessionsBetween(
  hours: HoursOf,
  collection: Collection,
  [from, to]: readonly [CivilDay, CivilDay],
): readonly Session[] {
  const found: Session[] = [];
  for (let day = from; day <= to; day += 1) {
    const session = hours(collection, day);
    if (session !== undefined) found.push(session);
  }
  return found;
}

function holidaysOf(collection: Collection, year: number): Holidays {
  const { closed, early } = closedDays(collection === 'Equity' ? 'NYSE' : 'CME', year);
  const dates = (days: ReadonlySet<CivilDay>): readonly IsoDate[] =>
    [...days].toSorted((a, b) => a - b).map(formatCivilDay);
  return { holidays: dates(closed), halfDays: dates(early) };
}
