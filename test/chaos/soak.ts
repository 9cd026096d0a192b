import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../support/callers/caller.ts';
import { createMcpClient } from '../support/callers/mcp-client.ts';
import { createRequestLedger } from '../support/callers/request-ledger.ts';
import { startSteadyLoad } from '../support/callers/steady-load.ts';
import type { Fleet, FleetReplica } from '../support/processes/fleet.ts';
import { heapAfterCollection } from '../support/processes/inspected-heap.ts';
import { createCrew, pick } from './crew.ts';
import { judge, percentile } from './judge.ts';
import { complaints, isGood, latencies, type MixedLoad, startMixedLoad } from './mixed-load.ts';
import type { Outcome } from './scenario.ts';

export type SoakOptions = {
  /** That count, after a warm-up. */
  readonly minutes: number;
  readonly say: (words: string) => void;
};

/** One replica at one moment. */
export type SoakSample = { readonly minute: number; readonly heapMb: number; readonly handles: number };

/** About half of what two cores bear with everything on them. */
const PER_SECOND = 50;
/** Clients that come, ask a few things in a session, and go. */
const COMING_PER_SECOND = 2;
const SAMPLES = 40;
/** Before the minutes that count: caches fill, and V8 compiles what is run often, which is part of the heap and comes late at this load. */
const WARM_UP_SHARE = 0.3;
/** Beside that load, for most of the warm-up. */
const WARM_UP_PER_SECOND = 100;
const WARMING_SHARE = 0.85;
const TEN_MINUTES = 10;
const HEAP_MB_PER_TEN_MINUTES = 1;
const HANDLES_MORE = 3;
const MB = 1_048_576;
const LOOKS = 8;
const LOOK_EVERY_MS = 60;

/** The same load for minutes: what a gateway keeps must not grow with what it has done. */
export async function runSoak(fleet: Fleet, { minutes, say }: SoakOptions): Promise<Outcome> {
  const kind = { clients: { 2025: 12, 2026: 12 }, tenants: 8, orders: false } as const;
  const load = await startMixedLoad(fleet, { ...kind, name: 'soak', perSecond: PER_SECOND });
  let warming: MixedLoad | undefined = await startMixedLoad(fleet, {
    ...kind,
    name: 'warm-up',
    perSecond: WARM_UP_PER_SECOND,
  });
  const visits = await startVisits(fleet);
  const startedAt = performance.now();
  const minutesSince = (): number => (performance.now() - startedAt) / 60_000;
  const samples: SoakSample[][] = fleet.replicas.map(() => []);
  const warmUpMinutes = minutes * WARM_UP_SHARE;
  while (minutesSince() < warmUpMinutes + minutes) {
    await sleep((minutes * 60_000) / SAMPLES);
    const minute = minutesSince();
    if (minute >= warmUpMinutes * WARMING_SHARE) {
      await warming?.end();
      warming = undefined;
    }
    for (const [at, replica] of fleet.replicas.entries()) samples[at]?.push({ minute, ...(await sampleOf(replica)) });
    say(`${minute.toFixed(1)} min: ${samples.map((each) => `${each.at(-1)?.heapMb.toFixed(1)} MB`).join(', ')}`);
  }
  await load.end();
  await visits.end();
  const entries = load.ledger.entries();
  const settled = samples.map((each) => each.filter(({ minute }) => minute >= warmUpMinutes));
  const slopes = settled.map((each) => TEN_MINUTES * slope(each.map(({ minute, heapMb }) => [minute, heapMb])));
  return judge(
    [
      {
        what: 'MB of heap more per 10 min after warm-up, at most',
        value: Math.max(...slopes),
        most: HEAP_MB_PER_TEN_MINUTES,
      },
      { what: 'handles more', value: Math.max(...settled.map(handlesMore)), most: HANDLES_MORE },
      {
        what: `% of ${entries.length} requests answered`,
        value: (100 * entries.filter(isGood).length) / entries.length,
        least: 99.9,
      },
    ],
    {
      ...load.conditions,
      comingPerSecond: COMING_PER_SECOND,
      minutes,
      warmUpMinutes,
      warmUpPerSecond: PER_SECOND + WARM_UP_PER_SECOND,
      slopesMb: slopes,
      ...latencies(entries),
      complaints: complaints(entries),
      samples: samples.map((each) => each.map(({ heapMb, handles }) => [Math.round(heapMb * 100) / 100, handles])),
    },
  );
}

/** Sessions that are opened, used once and ended. */
async function startVisits(fleet: Fleet): Promise<{ end(): Promise<void> }> {
  const crew = await createCrew(fleet, 'visits', 4);
  let visits = 0;
  const visit = async (): Promise<void> => {
    visits += 1;
    const { token } = pick(crew, visits);
    // Each visit has a ledger of its own, so that this process does not grow either.
    const ledger = createRequestLedger(`visit-${visits}`);
    const client = createMcpClient(createCaller({ url: fleet.url, token, ledger, client: 'visit' }), '2025');
    await client.open();
    await client.call('get_quotes', { instruments: [{ symbol: pick(['SPY', 'AAPL', 'F'], visits) }] });
    await client.close();
  };
  return startSteadyLoad([visit, visit], { perSecond: COMING_PER_SECOND });
}

async function sampleOf(replica: FleetReplica): Promise<Omit<SoakSample, 'minute'>> {
  if (replica.inspectPort === undefined) throw new Error('A soak needs a fleet that lets inspectors in');
  const heap = await heapAfterCollection(replica.inspectPort);
  return { heapMb: heap / MB, handles: Math.min(...(await handlesNow(replica))) };
}

/** Each request under way has its own: the least of several looks is what stays. */
async function handlesNow(replica: FleetReplica): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    seen.push(await handlesOf(replica));
    await sleep(LOOK_EVERY_MS);
  }
  return seen;
}

async function handlesOf(replica: FleetReplica): Promise<number> {
  const text = await (await fetch(`${replica.url()}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
  const found = /^nodejs_active_handles_total (?<count>\d+)/mu.exec(text)?.groups?.['count'];
  if (found === undefined) throw new Error('The metrics tell no number of handles');
  return Number(found);
}

/** Connections come and go with every request: the middle of the last third, against that of the first. */
function handlesMore(samples: readonly SoakSample[]): number {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const middle = (part: readonly SoakSample[]): number =>
    percentile(
      part.map(({ handles }) => handles),
      0.5,
    );
  return middle(samples.slice(-third)) - middle(samples.slice(0, third));
}

/** Of the straight line that is nearest to these points; NaN for fewer than two. */
export function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const over = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
  return over / under;
}
