import type { Fleet } from '../support/processes/fleet.ts';

const COUNTED = /^gateway_limiter_(?<name>\w+?)_total(?:\{\w+="(?<label>[^"]*)"\})? (?<value>\d+)$/gmu;

/** What the limiters of all replicas have counted together, by `name` and `name label`. */
export async function limiterCounts(fleet: Fleet): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const add = (key: string, value: number): void => void counts.set(key, (counts.get(key) ?? 0) + value);
  for (const replica of fleet.replicas) {
    const text = await (await fetch(`${replica.url()}/metrics`)).text();
    for (const { groups } of text.matchAll(COUNTED)) {
      const { name = '', label = '', value = '' } = groups ?? {};
      add(name, Number(value));
      if (label !== '') add(`${name} ${label}`, Number(value));
    }
  }
  return counts;
}

/** Scripts that Redis says it was asked to run: those of the limiter, and of whatever else is shared. */
export async function scriptsRun(fleet: Fleet): Promise<number> {
  const stats = String(await (await fleet.redis.master()).ask('INFO', 'commandstats'));
  const calls = [...stats.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gmu)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** When each REST call of these customers came to the broker since the last reset, by the broker's clock. */
export async function arrivals(fleet: Fleet, customers: ReadonlySet<string>): Promise<readonly number[]> {
  const { items } = await fleet.desk.history('requests');
  return items.flatMap(({ at, customer }) => (customer !== null && customers.has(customer) ? [at] : []));
}

/** The most of these within any one second. */
export function mostInASecond(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [at, atMs] of sorted.entries()) {
    while ((sorted[from] ?? 0) <= atMs - 1000) from += 1;
    most = Math.max(most, at - from + 1);
  }
  return most;
}
