import type { RequestEntry } from '../support/callers/request-ledger.ts';
import { eventually } from '../support/eventually.ts';
import type { Fleet } from '../support/processes/fleet.ts';

const SETTLED_MS = 10_000;

/** How many requests their clients hold for answered that no replica says it answered: the two ledgers must agree. */
export async function unloggedOf({ handled }: Fleet, entries: readonly RequestEntry[]): Promise<number> {
  const missing = (): number => entries.filter(({ id, fate }) => fate === 'answered' && handled.times(id) === 0).length;
  // Log lines are on their way for a while; what has not come by then is told.
  await eventually(() => missing() === 0, SETTLED_MS).catch(() => {});
  return missing();
}
