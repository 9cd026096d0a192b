import type { IsoDate } from '../../broker/model/symbol.ts';
import { formatCivilDay, parseCivilDay, weekday } from '../engine/calendar/civil-day.ts';
import type { Listing } from '../engine/market.ts';
import { recordId } from './instrument-wire.ts';

/** One quarter of a company's year, as the simulated world has it: the same for a symbol in every run. */
export type Quarter = { readonly date: IsoDate; readonly amount: number };

const QUARTER_DAYS = 91;
const QUARTERS_KEPT = 12;
const GROWTH_A_QUARTER = 0.015;
const SATURDAY = 6;

/** Every listing has its own day in the quarter, which does not move with the present. */
function quarterDays(listing: Listing, purpose: string, today: IsoDate): { past: readonly number[]; next: number } {
  const present = parseCivilDay(today);
  const phase = recordId(`${purpose} ${listing.symbol}`) % QUARTER_DAYS;
  const last = present - ((((present - phase) % QUARTER_DAYS) + QUARTER_DAYS) % QUARTER_DAYS);
  const past = Array.from({ length: QUARTERS_KEPT }, (_, ago) => workday(last - ago * QUARTER_DAYS));
  return { past, next: workday(last + QUARTER_DAYS) };
}

function workday(day: number): number {
  const ofWeek = weekday(day);
  if (ofWeek === SATURDAY) return day - 1;
  return ofWeek === 0 ? day - 2 : day;
}

const grown = (amount: number, quartersAgo: number): number => amount / (1 + GROWTH_A_QUARTER) ** quartersAgo;

export type Events = { readonly past: readonly Quarter[]; readonly next: IsoDate };

/** Ex-dates and amounts per share, newest first; undefined for what pays none. `price` is of one share. */
export function dividendsOf(listing: Listing, price: number, today: IsoDate): Events | undefined {
  const { dividendYield } = listing.fundamentals;
  if ((listing.kind !== 'equity' && listing.kind !== 'etf') || dividendYield <= 0) return undefined;
  const { past, next } = quarterDays(listing, 'dividend', today);
  const quarterly = (price * dividendYield) / 4;
  const paid = past.map((day, ago) => ({ date: formatCivilDay(day), amount: grown(quarterly, ago) }));
  return { past: paid, next: formatCivilDay(next) };
}

/** Reports of earnings per share, newest first; undefined for what earns nothing of its own. */
export function earningsOf(listing: Listing, today: IsoDate): Events | undefined {
  const { earningsPerShare } = listing.fundamentals;
  if (listing.kind !== 'equity' || earningsPerShare === undefined) return undefined;
  const { past, next } = quarterDays(listing, 'earnings', today);
  const reported = past.map((day, ago) => ({ date: formatCivilDay(day), amount: grown(earningsPerShare / 4, ago) }));
  return { past: reported, next: formatCivilDay(next) };
}
