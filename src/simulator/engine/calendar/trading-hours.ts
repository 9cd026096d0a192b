import type { EpochMs } from '../../../core/clock.ts';
import { createBoundedMemo } from '../bounded-memo.ts';
import { formatCivilDay } from './civil-day.ts';
import type { CivilDay } from './civil-day.ts';
import { closesEarly, isTradingDay } from './holidays.ts';
import { newYorkInstant } from './new-york.ts';
import type { Collection, Session } from './session.ts';

/** Wall times in New York. Chicago is always one hour behind, so its exchanges can be told in them too. */
type WallTime = readonly [hour: number, minute: number];

type Hours = {
  readonly start: WallTime;
  readonly open: WallTime;
  readonly close: WallTime;
  readonly extended: WallTime;
};

const EVENING_BEFORE: WallTime = [18 - 24, 0];
const globex = (close: WallTime): Hours => ({ start: EVENING_BEFORE, open: EVENING_BEFORE, close, extended: close });

const NYSE: Hours = { start: [8, 15], open: [9, 30], close: [16, 0], extended: [20, 0] };
const NYSE_HALF_DAY: Hours = { ...NYSE, close: [13, 0], extended: [17, 0] };
const FUTURES = globex([17, 0]);
const CME_HOLIDAY = globex([13, 0]);
const CME_HALF_DAY = globex([13, 15]);
const CFE_HOLIDAY = globex([11, 30]);

const sessions = createBoundedMemo<string, { readonly session: Session | undefined }>(8192);

const endless = createBoundedMemo<string, Session>(8192);

/** The exchange's real session of a day: undefined when it is closed. */
export function tradingHours(collection: Collection, day: CivilDay): Session | undefined {
  return sessions.get(`${collection}${day}`, () => ({ session: makeSession(collection, day) })).session;
}

function makeSession(collection: Collection, day: CivilDay): Session | undefined {
  if (!isTradingDay(collection === 'Equity' ? 'NYSE' : 'CME', day)) return undefined;
  const hours = collection === 'Equity' ? nyseHours(day) : futuresHours(collection, day);
  const at = ([hour, minute]: WallTime): EpochMs => newYorkInstant(day, hour, minute);
  return {
    collection,
    date: formatCivilDay(day),
    startAt: at(hours.start),
    openAt: at(hours.open),
    closeAt: at(hours.close),
    closeAtExtended: at(hours.extended),
  };
}

function nyseHours(day: CivilDay): Hours {
  return closesEarly('NYSE', day) ? NYSE_HALF_DAY : NYSE;
}

function futuresHours(collection: 'CME' | 'CFE', day: CivilDay): Hours {
  if (!closesEarly('CME', day)) return FUTURES;
  if (collection === 'CFE') return CFE_HOLIDAY;
  return closesEarly('NYSE', day) ? CME_HALF_DAY : CME_HOLIDAY;
}

/** For the demo market: every day is a trading day, from midnight to midnight in New York. */
export function endlessHours(collection: Collection, day: CivilDay): Session {
  return endless.get(`${collection}${day}`, () => makeEndlessSession(collection, day));
}

function makeEndlessSession(collection: Collection, day: CivilDay): Session {
  const startAt = newYorkInstant(day, 0);
  const closeAt = newYorkInstant(day + 1, 0);
  return { collection, date: formatCivilDay(day), startAt, openAt: startAt, closeAt, closeAtExtended: closeAt };
}
