/** What a run exercised. */
export type Counts = Record<(typeof COUNTED)[number], number>;

export const COUNTED = [
  'intents',
  'calls',
  'posts',
  'faultyPosts',
  'crashes',
  'freezes',
  'outages',
  'lostCommits',
  'hangUps',
  'racedCalls',
  'replays',
  'confirmations',
  'lookUps',
  'stopsSet',
  'accepted',
  'rejected',
  'unknown',
  'refused',
  'lostCalls',
  'settledFound',
  'settledAbsent',
  'settledAnswered',
  'flagged',
] as const;

export const noCounts = (): Counts => Object.fromEntries(COUNTED.map((name) => [name, 0])) as Counts;

export function addCounts(total: Counts, more: Counts): void {
  for (const name of COUNTED) total[name] += more[name];
}
