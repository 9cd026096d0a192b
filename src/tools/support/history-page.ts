import { z } from 'zod';
import type { HistoryQuery, Listing } from '../../broker/broker.ts';
import type { Clock } from '../../core/clock.ts';
import { accountNumberField, limitField, offsetField } from './input-fields.ts';
import { daysAgo } from './ny-days.ts';

const MOST_ROWS = 1000;

export const historyInput = (usual: { readonly days: number }) => ({
  account_number: accountNumberField,
  days: z.int().min(0).max(3650).default(usual.days).describe('Calendar days back, by New York dates.'),
  limit: limitField(MOST_ROWS),
  offset: offsetField,
});

type HistoryArgs = {
  readonly days: number;
  readonly limit: number;
  readonly offset: number;
  readonly underlying?: string | undefined;
};

/** The broker's query for the arguments, and how its listing is told as a page. */
export function historyPage({ days, limit, offset, underlying }: HistoryArgs, clock: Clock) {
  const query: HistoryQuery = {
    startDate: daysAgo(clock.now(), days),
    limit,
    offset,
    ...(underlying ? { underlying } : {}),
  };
  const toPage = ({ rows, total, truncated }: Listing<unknown>): { total?: number; next_offset?: number } => ({
    ...(total === undefined ? {} : { total }),
    ...(truncated ? { next_offset: offset + rows.length } : {}),
  });
  return { query, toPage };
}
