import { isoDate, type IsoDate } from '../../broker/model/symbol.ts';
import { epochMs, type EpochMs } from '../../core/clock.ts';
import { parseCivilDay } from '../engine/calendar/civil-day.ts';
import { newYorkInstant } from '../engine/calendar/new-york.ts';
import { validationError } from '../wire-refusal.ts';
import { text } from './query.ts';
import type { Call, Query } from './route.ts';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/u;

const invalid = (key: string): Error => validationError([{ domain: key, reason: 'is invalid' }]);

/** A `YYYY-MM-DD` parameter. */
export function date(query: Query, key: string): IsoDate | undefined {
  const raw = text(query, key);
  if (raw === undefined) return undefined;
  try {
    parseCivilDay(raw);
  } catch {
    throw invalid(key);
  }
  return isoDate(raw);
}

/** A full ISO date-time parameter. */
export function instant(query: Query, key: string): EpochMs | undefined {
  const raw = text(query, key);
  if (raw === undefined) return undefined;
  // A plus sign that was not percent-encoded arrives as a blank.
  const iso = raw.replace(/ (?=\d{2}:?\d{2}$)/u, '+');
  const at = INSTANT.test(iso) ? Date.parse(iso) : Number.NaN;
  if (Number.isNaN(at)) throw invalid(key);
  return epochMs(at);
}

/** Start and end of a search: New York days, both included, or instants. */
export function span(call: Call): { from?: EpochMs; to?: EpochMs } {
  const startDate = date(call.query, 'start-date');
  const endDate = date(call.query, 'end-date');
  const from = instant(call.query, 'start-at') ?? (startDate && newYorkInstant(parseCivilDay(startDate), 0));
  const to = instant(call.query, 'end-at') ?? (endDate && epochMs(newYorkInstant(parseCivilDay(endDate) + 1, 0) - 1));
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
