import { epochMs, toIso, type EpochMs } from '../../../core/clock.ts';
import { isoDate } from '../../../broker/model/symbol.ts';
import { add, compare, roundTo, type Decimal } from '../../../core/decimal.ts';
import { decimalText } from '../../wire-text.ts';
import { holdingsOf, totalValue } from '../accounts/holding.ts';
import type { Book } from '../accounts/book.ts';
import { createBoundedMemo, type BoundedMemo } from '../bounded-memo.ts';
import type { Calendar } from '../calendar.ts';
import type { WireObject } from '../desk.ts';
import type { Floor } from '../matching/floor.ts';
import { tradingDay } from '../world/trading-day.ts';
import { beganAt, createReplay } from './replay.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type NetLiqQuery = { readonly timeBack?: string; readonly startAt?: EpochMs };

/** How far back, and a point every so many minutes of a session; none: one point a day, `every` days. */
type Window = { readonly days: number; readonly minutes?: number; readonly every?: number };

const WINDOWS: Readonly<Record<string, Window>> = {
  '1d': { days: 1, minutes: 5 },
  '1w': { days: 7, minutes: 30 },
  '1m': { days: 30, minutes: 120 },
  '3m': { days: 91 },
  '6m': { days: 182 },
  '1y': { days: 365 },
  all: { days: 3650, every: 5 },
};

function windowSince(startAt: EpochMs, now: EpochMs): Window {
  const days = Math.max((now - startAt) / DAY_MS, 0);
  const fitting = Object.values(WINDOWS).find((window) => days <= window.days);
  return { ...(fitting ?? { days, every: 5 }), days };
}

type Span = { readonly from: EpochMs; readonly now: EpochMs; readonly window: Window };

/** The instants that close each point, in order, the last of them now at most. */
function instantsOf(calendar: Calendar, { from, now, window }: Span): EpochMs[] {
  const sessions = calendar.sessions('Equity', isoDate(tradingDay(from)), isoDate(tradingDay(now)));
  const { minutes, every = 1 } = window;
  if (minutes === undefined) {
    const closes = sessions.filter((_session, index) => (sessions.length - 1 - index) % every === 0);
    return closes.map((session) => epochMs(Math.min(session.closeAt, now))).filter((at) => at >= from);
  }
  return sessions.flatMap((session) => {
    const end = Math.min(session.closeAt, now);
    const count = Math.max(Math.floor((end - session.openAt) / (minutes * MINUTE_MS)) + 1, 0);
    return Array.from({ length: count }, (_none, index) =>
      epochMs(session.openAt + index * minutes * MINUTE_MS),
    ).filter((at) => at >= from);
  });
}

/** One day back is the session that runs, or the last one that did. */
function lastSessionStart(calendar: Calendar, now: EpochMs): EpochMs {
  const { session, previous } = calendar.sessionAt('Equity', now);
  return session !== undefined && session.openAt <= now ? session.openAt : previous.openAt;
}

const text = (value: Decimal): string => decimalText(roundTo(value, 4));
const NONE = {
  'pending-cash-open': '0.0',
  'pending-cash-high': '0.0',
  'pending-cash-low': '0.0',
  'pending-cash-close': '0.0',
};

function point(open: Decimal, close: Decimal, at: EpochMs): WireObject {
  const [high, low] = compare(open, close) >= 0 ? [open, close] : [close, open];
  return {
    open: text(open),
    high: text(high),
    low: text(low),
    close: text(close),
    ...NONE,
    'total-open': text(open),
    'total-high': text(high),
    'total-low': text(low),
    'total-close': text(close),
    time: `${toIso(at).slice(0, 19).replace('T', ' ')}+00`,
  };
}

const KEPT_VALUES = 4096;
const valuesOf = new WeakMap<Book, BoundedMemo<number, Decimal>>();

/** What the account was worth; what is past stays so and is remembered. The instants must ascend. */
function createValuation(floor: Floor, book: Book, now: EpochMs): (at: EpochMs) => Decimal {
  const replay = createReplay(book);
  const remembered = valuesOf.get(book) ?? createBoundedMemo<number, Decimal>(KEPT_VALUES);
  valuesOf.set(book, remembered);
  const valueAt = (at: EpochMs): Decimal => {
    const { cash, positions } = replay.standingAt(at);
    return add(cash, totalValue(holdingsOf(positions, { market: floor.market, at })));
  };
  return (at) => (at < now ? remembered.get(at, () => valueAt(at)) : valueAt(at));
}

/** Oldest first, as the broker gives them. Nothing before the account's first deposit. */
export function netLiqHistory(floor: Floor, book: Book, asked: NetLiqQuery & { now: EpochMs }): WireObject[] {
  const { now, startAt, timeBack } = asked;
  const window = startAt === undefined ? WINDOWS[timeBack ?? '1d'] : windowSince(startAt, now);
  if (window === undefined) return [];
  const wanted =
    startAt ?? (window.days <= 1 ? lastSessionStart(floor.calendar, now) : epochMs(now - window.days * DAY_MS));
  const from = epochMs(Math.max(wanted, beganAt(book)));
  const valueAt = createValuation(floor, book, now);
  const instants = instantsOf(floor.calendar, { from, now, window });
  let open = valueAt(from);
  return (instants.length === 0 ? [now] : instants).map((at) => {
    const close = valueAt(at);
    const made = point(open, close, at);
    open = close;
    return made;
  });
}
