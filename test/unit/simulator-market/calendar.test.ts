import { describe, expect, it } from 'vitest';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { createCalendar } from '../../../src/simulator/engine/calendar.ts';
import { parseCivilDay } from '../../../src/simulator/engine/calendar/civil-day.ts';
import { newYorkDay, newYorkInstant, newYorkOffsetMs } from '../../../src/simulator/engine/calendar/new-york.ts';

const calendar = createCalendar();
const at = (iso: string) => epochMs(Date.parse(iso));
const iso = (instant: number | undefined) => (instant === undefined ? undefined : new Date(instant).toISOString());

/** As the exchange published them; `*` marks a day that ends at 13:00. */
const NYSE: Readonly<Record<number, string>> = {
  2020: '01-01 01-20 02-17 04-10 05-25 07-03 09-07 11-26 11-27* 12-24* 12-25',
  2021: '01-01 01-18 02-15 04-02 05-31 07-05 09-06 11-25 11-26* 12-24',
  2022: '01-17 02-21 04-15 05-30 06-20 07-04 09-05 11-24 11-25* 12-26',
  2023: '01-02 01-16 02-20 04-07 05-29 06-19 07-03* 07-04 09-04 11-23 11-24* 12-25',
  2024: '01-01 01-15 02-19 03-29 05-27 06-19 07-03* 07-04 09-02 11-28 11-29* 12-24* 12-25',
  2025: '01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-03* 07-04 09-01 11-27 11-28* 12-24* 12-25',
  2026: '01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 11-27* 12-24* 12-25',
  2027: '01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 11-26* 12-24',
  2028: '01-17 02-21 04-14 05-29 06-19 07-03* 07-04 09-04 11-23 11-24* 12-25',
};

describe('the New York calendar', () => {
  it.each(Object.entries(NYSE))('keeps the holidays of %s', (year, row) => {
    const days = row.split(' ').map((day) => ({ date: `${year}-${day.slice(0, 5)}`, early: day.endsWith('*') }));
    expect(calendar.holidays('Equity', Number(year))).toEqual({
      holidays: days.filter(({ early }) => !early).map(({ date }) => date),
      halfDays: days.filter(({ early }) => early).map(({ date }) => date),
    });
  });

  it.each([
    ['2029-03-30'],
    ['2030-04-19'],
    ['2031-04-11'],
    ['2032-03-26'],
    ['2033-04-15'],
    ['2034-04-07'],
    ['2035-03-23'],
  ])('closes on Good Friday %s', (date) => {
    expect(calendar.session('Equity', isoDate(date))).toBeUndefined();
  });

  it('opens on the last day of a year whose New Year falls on a Saturday', () => {
    expect(calendar.session('Equity', isoDate('2021-12-31'))).toBeDefined();
    expect(calendar.session('Equity', isoDate('2027-12-31'))).toBeDefined();
  });

  it('counts 251 trading days in 2026 and 250 in 2025', () => {
    expect(calendar.sessions('Equity', isoDate('2026-01-01'), isoDate('2026-12-31'))).toHaveLength(251);
    expect(calendar.sessions('Equity', isoDate('2025-01-01'), isoDate('2025-12-31'))).toHaveLength(250);
  });

  it('refuses what is no date', () => {
    expect(() => calendar.session('Equity', isoDate('2026-02-30'))).toThrow(RangeError);
    expect(() => calendar.session('Equity', isoDate('yesterday'))).toThrow(RangeError);
  });
});

describe('sessions', () => {
  it('are those the broker tells, in summer and in winter', () => {
    const summer = calendar.session('Equity', isoDate('2026-08-04'));
    expect([summer?.startAt, summer?.openAt, summer?.closeAt, summer?.closeAtExtended].map(iso)).toEqual([
      '2026-08-04T12:15:00.000Z',
      '2026-08-04T13:30:00.000Z',
      '2026-08-04T20:00:00.000Z',
      '2026-08-05T00:00:00.000Z',
    ]);
    expect(iso(calendar.session('Equity', isoDate('2026-11-23'))?.openAt)).toBe('2026-11-23T14:30:00.000Z');
    expect(iso(calendar.session('Equity', isoDate('2026-11-27'))?.closeAt)).toBe('2026-11-27T18:00:00.000Z');
  });

  it.each([
    ['2026-08-04T12:14:59Z', 'Closed'],
    ['2026-08-04T12:15:00Z', 'Pre-market'],
    ['2026-08-04T13:29:59Z', 'Pre-market'],
    ['2026-08-04T13:30:00Z', 'Open'],
    ['2026-08-04T19:59:59Z', 'Open'],
    ['2026-08-04T20:00:00Z', 'Extended'],
    ['2026-08-05T00:00:00Z', 'Closed'],
    ['2026-08-08T15:00:00Z', 'Closed'],
    ['2026-11-26T16:00:00Z', 'Closed'],
    ['2026-11-27T18:00:00Z', 'Extended'],
  ])('at %s the market is %s', (instant, state) => {
    expect(calendar.sessionAt('Equity', at(instant)).state).toBe(state);
    expect(calendar.isOpen('Equity', at(instant))).toBe(state === 'Open');
  });

  it('tells the day’s own session before it starts, as recorded from the broker', () => {
    const { state, session, next, previous } = calendar.sessionAt('Equity', at('2026-08-04T08:00:00Z'));
    expect([state, session?.date, next.date, previous.date]).toEqual([
      'Closed',
      '2026-08-04',
      '2026-08-04',
      '2026-08-03',
    ]);
  });

  it('has none on a closed day, and looks over the whole weekend', () => {
    const thanksgiving = calendar.sessionAt('Equity', at('2026-11-26T16:00:00Z'));
    expect([thanksgiving.session, thanksgiving.previous.date, thanksgiving.next.date]).toEqual([
      undefined,
      '2026-11-25',
      '2026-11-27',
    ]);
    expect(calendar.sessionAt('Equity', at('2026-11-29T16:00:00Z')).next.date).toBe('2026-11-30');
  });

  it('of futures start the evening before and pause for an hour', () => {
    const monday = calendar.session('CME', isoDate('2026-11-23'));
    expect([iso(monday?.openAt), iso(monday?.closeAt)]).toEqual([
      '2026-11-22T23:00:00.000Z',
      '2026-11-23T22:00:00.000Z',
    ]);
    expect(calendar.sessionAt('CME', at('2026-11-23T22:30:00Z')).state).toBe('Closed');
    const evening = calendar.sessionAt('CME', at('2026-11-23T23:00:00Z'));
    expect([evening.state, evening.session?.date]).toEqual(['Open', '2026-11-24']);
    expect(calendar.sessionAt('CME', at('2026-11-28T12:00:00Z')).state).toBe('Closed');
  });

  it('of futures only end early on most holidays', () => {
    expect(iso(calendar.session('CME', isoDate('2026-11-26'))?.closeAt)).toBe('2026-11-26T18:00:00.000Z');
    expect(iso(calendar.session('CME', isoDate('2026-11-27'))?.closeAt)).toBe('2026-11-27T18:15:00.000Z');
    expect(iso(calendar.session('CFE', isoDate('2026-11-26'))?.closeAt)).toBe('2026-11-26T16:30:00.000Z');
    expect(calendar.session('CME', isoDate('2026-12-25'))).toBeUndefined();
    expect(calendar.holidays('CME', 2026).holidays).toEqual(['2026-01-01', '2026-04-03', '2026-12-25']);
  });

  it('never end for currency pairs, and keep each type to its own hours', () => {
    const sunday = at('2026-11-22T15:00:00Z');
    expect(calendar.isOpen('Cryptocurrency', sunday)).toBe(true);
    expect(calendar.isOpen('Future', sunday)).toBe(false);
    expect(calendar.isOpen('Future Option', at('2026-11-24T02:00:00Z'))).toBe(true);
    expect(calendar.isOpen('Equity Option', at('2026-11-24T02:00:00Z'))).toBe(false);
  });

  it('never end in an always-open market', () => {
    const demo = createCalendar({ alwaysOpen: true });
    const holiday = demo.sessionAt('Equity', at('2026-12-25T08:00:00Z'));
    expect([holiday.state, holiday.session?.date, iso(holiday.session?.openAt)]).toEqual([
      'Open',
      '2026-12-25',
      '2026-12-25T05:00:00.000Z',
    ]);
    expect([holiday.previous.date, holiday.next.date]).toEqual(['2026-12-24', '2026-12-26']);
    expect(demo.isOpen('Future', at('2026-11-28T12:00:00Z'))).toBe(true);
    expect(demo.holidays('Equity', 2026)).toEqual(calendar.holidays('Equity', 2026));
  });
});

describe('New York time', () => {
  it.each([
    ['2026-03-08T06:59:59Z', -5],
    ['2026-03-08T07:00:00Z', -4],
    ['2026-11-01T05:59:59Z', -4],
    ['2026-11-01T06:00:00Z', -5],
  ])('at %s is %i hours from UTC', (instant, hours) => {
    expect(newYorkOffsetMs(Date.parse(instant)) / 3_600_000).toBe(hours);
  });

  it('finds wall times on the days that clocks change', () => {
    expect(iso(newYorkInstant(parseCivilDay('2026-03-08'), 9, 30))).toBe('2026-03-08T13:30:00.000Z');
    expect(iso(newYorkInstant(parseCivilDay('2026-03-08'), 0))).toBe('2026-03-08T05:00:00.000Z');
    expect(iso(newYorkInstant(parseCivilDay('2026-11-01'), 9, 30))).toBe('2026-11-01T14:30:00.000Z');
    expect(iso(newYorkInstant(parseCivilDay('2026-11-02'), -6))).toBe('2026-11-01T23:00:00.000Z');
  });

  it('changes its day at midnight in New York', () => {
    expect(newYorkDay(Date.parse('2026-07-01T03:59:59Z'))).toBe(parseCivilDay('2026-06-30'));
    expect(newYorkDay(Date.parse('2026-07-01T04:00:00Z'))).toBe(parseCivilDay('2026-07-01'));
    expect(calendar.dateAt(at('2026-12-01T04:59:59Z'))).toBe('2026-11-30');
  });
});
