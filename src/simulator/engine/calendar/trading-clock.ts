import type { InstrumentType } from '../../../broker/model/symbol.ts';
import type { CivilDay } from './civil-day.ts';
import { newYorkDay } from './new-york.ts';
import type { Collection, Session } from './session.ts';
import { endlessHours, tradingHours } from './trading-hours.ts';

/** One day's trading of one type of instrument: prices move between `from` and `to`, its daily bar is of open to close. */
export type TradingWindow = {
  readonly day: CivilDay;
  readonly from: number;
  readonly to: number;
  readonly openAt: number;
  readonly closeAt: number;
};

/** When the prices of each type of instrument move. */
export type TradingClock = {
  /** The latest instant up to `at` at which the type traded: `at` itself while it trades. */
  lastTraded(type: InstrumentType, at: number): number;
  /** The window that runs at `at`, else the last one before. */
  windowAt(type: InstrumentType, at: number): TradingWindow;
  windowBefore(type: InstrumentType, window: TradingWindow): TradingWindow;
  /** Windows that overlap a span, in order. */
  windowsBetween(type: InstrumentType, from: number, to: number): readonly TradingWindow[];
};

export function createTradingClock(alwaysOpen: boolean): TradingClock {
  const windowOf = (type: InstrumentType, day: CivilDay): TradingWindow | undefined => {
    if (alwaysOpen || type === 'Cryptocurrency') return wholeDay(day);
    const session = tradingHours(collectionOf(type), day);
    return session === undefined ? undefined : tradedPart(type, day, session);
  };
  const lastWindow = (type: InstrumentType, from: CivilDay, latestStart: number): TradingWindow => {
    for (let day = from; ; day -= 1) {
      const window = windowOf(type, day);
      if (window !== undefined && window.from <= latestStart) return window;
    }
  };
  // Tomorrow's futures session starts this evening.
  const windowAt = (type: InstrumentType, at: number): TradingWindow => lastWindow(type, newYorkDay(at) + 1, at);
  return {
    windowAt,
    lastTraded: (type, at) => Math.min(at, windowAt(type, at).to),
    windowBefore: (type, window) => lastWindow(type, window.day - 1, window.from),
    windowsBetween(type, from, to) {
      const found: TradingWindow[] = [];
      for (let day = newYorkDay(from); day <= newYorkDay(to) + 1; day += 1) {
        const window = windowOf(type, day);
        if (window !== undefined && window.from < to && window.to > from) found.push(window);
      }
      return found;
    },
  };
}

/** Whose hours an instrument keeps. Currency pairs trade at all times and keep none. */
export function collectionOf(type: Exclude<InstrumentType, 'Cryptocurrency'>): Collection {
  return type === 'Future' || type === 'Future Option' ? 'CME' : 'Equity';
}

function wholeDay(day: CivilDay): TradingWindow {
  const { startAt, closeAt } = endlessHours('Equity', day);
  return { day, from: startAt, to: closeAt, openAt: startAt, closeAt };
}

/** Shares trade before the opening and after the close; indices and options do not. */
function tradedPart(type: InstrumentType, day: CivilDay, session: Session): TradingWindow {
  const { startAt, openAt, closeAt, closeAtExtended } = session;
  if (type === 'Index' || type === 'Equity Option') return { day, from: openAt, to: closeAt, openAt, closeAt };
  return { day, from: startAt, to: closeAtExtended, openAt, closeAt };
}
