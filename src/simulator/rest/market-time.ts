import type { EpochMs } from '../../core/clock.ts';
import { formatCivilDay, parseCivilDay, yearOf } from '../engine/calendar/civil-day.ts';
import type { Collection, Session } from '../engine/calendar/session.ts';
import type { WireObject } from '../engine/desk.ts';
import { validationError } from '../wire-refusal.ts';
import { offsetTime } from '../wire-text.ts';
import type { World } from '../world.ts';
import { date, instant } from './dates.ts';
import { oneOf, values } from './query.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

const COLLECTIONS = ['Equity', 'CME', 'CFE'] as const;
const LONGEST_SPAN_DAYS = 275;

type CollectionOf = (call: Call) => Collection;

/** When markets are open: for equities, and for each futures exchange. */
export function marketTimeRoutes(world: World): readonly Route[] {
  const { calendar } = world.market;
  return [
    get('/market-time/sessions', (call) => {
      const collection = oneOf(call.query, 'instrument-collection', COLLECTIONS) ?? 'Equity';
      const today = calendar.dateAt(world.clock.now());
      const from = date(call.query, 'from-date') ?? today;
      const to = date(call.query, 'to-date');
      if (to === undefined) throw validationError([{ domain: 'to-date', reason: 'is missing' }]);
      if (parseCivilDay(to) - parseCivilDay(from) > LONGEST_SPAN_DAYS) {
        throw validationError([{ domain: 'to-date', reason: 'must be within 9 months of from-date' }]);
      }
      return list(
        call,
        calendar.sessions(collection, from, to).map((session) => ({ ...timesWire(session), ...dateWire(session) })),
      );
    }),
    get('/market-time/sessions/current', (call) => {
      const wanted = values(call.query, 'instrument-collections');
      if (wanted.length === 0) throw validationError([{ domain: 'instrument-collections', reason: 'is missing' }]);
      return list(
        call,
        wanted.map((name) => currentWire(world, known(name), world.clock.now())),
      );
    }),
    ...familyRoutes(world, '/market-time/equities', { suffix: '', collectionOf: () => 'Equity' }),
    ...familyRoutes(world, '/market-time/futures', {
      suffix: '/:exchange',
      collectionOf: (call) => known(param(call, 'exchange')),
    }),
    get('/market-time/futures/sessions/current', (call) =>
      list(
        call,
        (['CME', 'CFE'] as const).map((collection) => currentWire(world, collection, world.clock.now())),
      ),
    ),
  ];
}

function familyRoutes(
  world: World,
  base: string,
  family: { suffix: string; collectionOf: CollectionOf },
): readonly Route[] {
  const { calendar } = world.market;
  const { suffix, collectionOf } = family;
  const reference = (call: Call): EpochMs => instant(call.query, 'current-time') ?? world.clock.now();
  const day = (call: Call): number => parseCivilDay(date(call.query, 'date') ?? calendar.dateAt(world.clock.now()));
  const nearest = (call: Call, step: 1 | -1): WireObject => {
    for (let at = day(call) + step; ; at += step) {
      const session = calendar.session(collectionOf(call), formatCivilDay(at));
      if (session !== undefined) return { ...timesWire(session), ...dateWire(session) };
    }
  };
  return [
    get(`${base}/sessions/current${suffix}`, (call) =>
      one(call, currentWire(world, collectionOf(call), reference(call))),
    ),
    get(`${base}/sessions/next${suffix}`, (call) => one(call, nearest(call, 1))),
    get(`${base}/sessions/previous${suffix}`, (call) => one(call, nearest(call, -1))),
    get(`${base}/holidays${suffix}`, (call) => {
      const year = yearOf(parseCivilDay(calendar.dateAt(world.clock.now())));
      const years = [year, year + 1].map((one) => calendar.holidays(collectionOf(call), one));
      return one(call, {
        'market-holidays': years.flatMap(({ holidays }) => holidays),
        'market-half-days': years.flatMap(({ halfDays }) => halfDays),
      });
    }),
  ];
}

function known(name: string): Collection {
  const found = COLLECTIONS.find((collection) => collection === name);
  if (found === undefined) {
    throw validationError([{ domain: 'instrument-collection', reason: 'does not have a valid value' }]);
  }
  return found;
}

const dateWire = (session: Session): WireObject => ({ 'session-date': session.date });

const timesWire = (session: Session): WireObject => ({
  'close-at': offsetTime(session.closeAt),
  'close-at-ext': offsetTime(session.closeAtExtended),
  'instrument-collection': session.collection,
  'open-at': offsetTime(session.openAt),
  'start-at': offsetTime(session.startAt),
});

/** On a closed day the session's own times are absent. */
function currentWire(world: World, collection: Collection, at: EpochMs): WireObject {
  const { state, session, next, previous } = world.market.calendar.sessionAt(collection, at);
  return {
    ...(session === undefined ? { 'instrument-collection': collection } : timesWire(session)),
    'next-session': { ...timesWire(next), ...dateWire(next) },
    'previous-session': { ...timesWire(previous), ...dateWire(previous) },
    state,
  };
}
