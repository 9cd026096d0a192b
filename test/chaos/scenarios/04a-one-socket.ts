import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.ts';
import type { Fleet } from '../../support/processes/fleet.ts';
import { createCrew, pick } from '../crew.ts';
import { type Check, judge, percentile } from '../judge.ts';
import { type QuoteWatcher, createWatchers, freshAfterMs, lookAtQuote } from '../quote-watch.ts';
import type { Scenario } from '../scenario.ts';

const TAKEOVER_MS = 6000;
const GIVE_UP_MS = 20_000;
const SAMPLE_MS = 100;
/** A socket that ended so soon after a kill was the victim's. */
const VICTIMS_MS = 1000;

export const oneSocket: Scenario = Object.freeze({
  number: '4a',
  title: '20 tenants read quotes on 3 replicas, of which one at a time is killed',
  expected: 'never two accepted DXLink sockets for a tenant; takeover to first fresh tick p99 ≤ 6 s',
  async run(fleet, context) {
    const { short, say, withinMs } = context;
    const crew = await createCrew(fleet, 'one-socket', short ? 4 : 20);
    const watchers = createWatchers(fleet, crew, 'one-socket');
    await settle(watchers);
    const sampler = startSampling(fleet);
    const takeovers: number[] = [];
    const untouched: number[] = [];
    const until = performance.now() + (short ? 0 : 120_000);
    let kills = 0;
    do {
      const killed = await killOne(fleet, watchers, kills);
      kills += 1;
      takeovers.push(...killed.takeovers);
      untouched.push(...killed.untouched);
      say(
        `kill ${kills}: ${killed.takeovers.length} readers lost their owner, fresh again after ${worst(killed.takeovers)} ms`,
      );
    } while (performance.now() < until);
    const { most, samples } = await sampler.end();
    const { socketPeaks } = await fleet.desk.counters();
    const peaks = crew.map(({ customer }) => socketPeaks.dxlink[customer] ?? 0);
    return judge(
      [
        { what: 'sockets of a tenant at the most', value: Math.max(...peaks), most: 1 },
        { what: 'at the least', value: Math.min(...peaks), least: 1 },
        { what: `readers' takeovers in ${kills} kills`, value: takeovers.length, least: short ? 0 : 20 },
        ...(takeovers.length === 0 ? [] : [p99(takeovers, withinMs(TAKEOVER_MS))]),
      ],
      {
        tenants: crew.length,
        replicas: fleet.replicas.length,
        samples,
        mostSampled: most,
        takeoverMs: { p50: percentile(takeovers, 0.5), p99: percentile(takeovers, 0.99), worst: worst(takeovers) },
        othersMs: { p50: percentile(untouched, 0.5), p99: percentile(untouched, 0.99) },
      },
    );
  },
} satisfies Scenario);

const p99 = (takeovers: readonly number[], most: number): Check => ({
  what: 'ms to the first fresh tick (p99)',
  // One that never came is no number, and is worse than any.
  value: percentile(
    takeovers.map((ms) => (Number.isNaN(ms) ? Infinity : ms)),
    0.99,
  ),
  most,
});

const worst = (values: readonly number[]): number => Math.round(Math.max(0, ...values));

/** Every replica reads for every tenant. */
async function settle(watchers: readonly QuoteWatcher[]): Promise<void> {
  await eventually(
    async () => (await Promise.all(watchers.map(lookAtQuote))).every((seen) => seen !== undefined),
    60_000,
  );
}

type Killed = { readonly takeovers: readonly number[]; readonly untouched: readonly number[] };

async function killOne(fleet: Fleet, watchers: readonly QuoteWatcher[], round: number): Promise<Killed> {
  const victim = Math.floor((round * 7 + performance.now()) % fleet.replicas.length);
  const survivors = watchers.filter(({ replica }) => replica !== victim);
  const atMs = performance.now();
  const at = Date.now();
  await pick(fleet.replicas, victim).kill();
  const tookMs = await freshAfterMs(survivors, atMs, GIVE_UP_MS);
  const { items } = await fleet.desk.history('sockets');
  const lost = new Set(
    items
      .filter((seen) => seen.kind === 'dxlink' && seen.change === 'closed' && seen.at >= at - 50)
      .flatMap((seen) => (seen.at <= at + VICTIMS_MS ? [seen.customer] : [])),
  );
  const isLost = (_ms: number, index: number): boolean => lost.has(survivors[index]?.sailor.customer ?? '');
  await pick(fleet.replicas, victim).restart();
  await settle(watchers);
  return { takeovers: tookMs.filter(isLost), untouched: tookMs.filter((ms, index) => !isLost(ms, index)) };
}

/** Looks each tenth of a second; what it misses, the simulator's own peak counts do not. */
function startSampling(fleet: Fleet) {
  const ending = new AbortController();
  let [most, samples] = [0, 0];
  const sampling = (async () => {
    while (!ending.signal.aborted) {
      const { sockets } = await fleet.desk.counters();
      most = Math.max(most, 0, ...Object.values(sockets.dxlink));
      samples += 1;
      await sleep(SAMPLE_MS);
    }
  })();
  return {
    async end() {
      ending.abort();
      await sampling;
      return { most, samples };
    },
  };
}
