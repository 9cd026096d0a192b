import * as z from 'zod';
import { date, maybeDate, maybeTime, text } from './primitives.ts';
import { present } from './present.ts';
import { MARKETS } from '../../model/reference.ts';
import type { MarketHolidays, MarketSession } from '../../model/reference.ts';

const times = z.object({
  'session-date': maybeDate,
  'start-at': maybeTime,
  'open-at': maybeTime,
  'close-at': maybeTime,
  'close-at-ext': maybeTime,
});

function timesOf(wire: z.output<typeof times>) {
  return present({
    date: wire['session-date'],
    startAt: wire['start-at'],
    openAt: wire['open-at'],
    closeAt: wire['close-at'],
    closeAtExtended: wire['close-at-ext'],
  });
}

const neighbour = times.transform(timesOf).nullish();

/** The current session of one market. On a closed day it may have neither an opening nor a close. */
export const wireMarketSession = z
  .object({
    ...times.shape,
    'instrument-collection': z.enum(MARKETS),
    state: text,
    'next-session': neighbour,
    'previous-session': neighbour,
  })
  .transform((wire): MarketSession => ({
    ...timesOf(wire),
    ...present({ next: wire['next-session'], previous: wire['previous-session'] }),
    market: wire['instrument-collection'],
    state: wire.state,
  }));

/** As a list, or alone as the single-market routes answer. */
export const wireMarketSessions = z.union([
  z.object({ items: z.array(wireMarketSession) }).transform((data) => data.items),
  wireMarketSession.transform((session) => [session]),
]);

export const wireHolidays = z
  .object({ 'market-holidays': z.array(date), 'market-half-days': z.array(date) })
  .transform((wire): MarketHolidays => ({
    holidays: wire['market-holidays'],
    halfDays: wire['market-half-days'],
  }));
