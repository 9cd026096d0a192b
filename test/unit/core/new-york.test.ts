import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import { newYorkDate, newYorkDayEnd, newYorkIso } from '../../../src/core/new-york.ts';

const at = (iso: string) => epochMs(Date.parse(iso));

describe('New York time', () => {
  it.each([
    ['2026-11-23T04:59:59Z', '2026-11-22', '2026-11-22T23:59:59-05:00'],
    ['2026-11-23T05:00:00Z', '2026-11-23', '2026-11-23T00:00:00-05:00'],
    ['2026-07-01T03:59:59Z', '2026-06-30', '2026-06-30T23:59:59-04:00'],
    ['2026-03-08T06:59:59Z', '2026-03-08', '2026-03-08T01:59:59-05:00'],
    ['2026-03-08T07:00:00Z', '2026-03-08', '2026-03-08T03:00:00-04:00'],
    ['2026-11-01T05:30:00Z', '2026-11-01', '2026-11-01T01:30:00-04:00'],
    ['2026-11-01T06:30:00Z', '2026-11-01', '2026-11-01T01:30:00-05:00'],
  ])('%s is %s there', (utc, date, iso) => {
    expect(newYorkDate(at(utc))).toBe(date);
    expect(newYorkIso(at(utc))).toBe(iso);
    expect(Date.parse(newYorkIso(at(utc)))).toBe(Date.parse(utc));
  });

  it.each([
    ['2026-11-23T05:00:00Z', '2026-11-24T05:00:00Z'],
    ['2026-11-24T04:59:59Z', '2026-11-24T05:00:00Z'],
    ['2026-07-01T12:34:56Z', '2026-07-02T04:00:00Z'],
    // 23 hours, and 25.
    ['2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
  ])('the day of %s ends at %s', (utc, end) => {
    expect(newYorkDayEnd(at(utc))).toBe(Date.parse(end));
  });
});
