import { setTimeout as sleep } from 'node:timers/promises';
import { type OrderedReport, placeLoad } from '../../support/load/load-order.ts';
import type { LoadCall } from '../../support/load/mcp-load.ts';
import { createCrew, type Sailor } from '../crew.ts';
import { judge, percentile } from '../judge.ts';
import { USUAL_BOUNDS } from '../../support/wide-bounds.ts';
import type { Scenario } from '../scenario.ts';

const QUIET_TENANTS = 60;
/** Below its own two, so that what it waits for is never its own budget. */
const QUIET_PER_SECOND = 1;
const NOISY_PER_SECOND = 100;
const RATIO = 1.2;
const SYMBOLS = 10;
const WARM_SECONDS = 12;

export const noisyNeighbour: Scenario = Object.freeze({
  number: '2c',
  title: `One tenant asks 50 times as fast as its budget allows, beside ${QUIET_TENANTS} that keep to theirs`,
  expected: 'their p99 grows by less than 20 %, and all of their reads are served',
  fleet: { env: { ...USUAL_BOUNDS, TENANT_REQUESTS_PER_SECOND: '2' } },
  async run(fleet, { short, say, withinMs }) {
    const rounds = short ? 1 : 3;
    const seconds = short ? 5 : 10;
    const [noisy, ...others] = await createCrew(fleet, 'neighbours', QUIET_TENANTS + 1);
    if (noisy === undefined) throw new Error('A crew without its first');
    const { url } = fleet;
    // Each in a process of its own: what the noise costs its own sender is not to be seen by the others.
    const quiet = (forSeconds: number) =>
      place({
        url,
        calls: readsOf(others),
        ratePerSecond: QUIET_TENANTS * QUIET_PER_SECOND,
        seconds: forSeconds,
      });
    const noise = () => place({ url, calls: readsOf([noisy]), ratePerSecond: NOISY_PER_SECOND, seconds });
    // Tenants that nobody has seen yet come in at the rate of their logins, and code that nobody has run yet is slow.
    await quiet(WARM_SECONDS);
    await Promise.all([quiet(seconds), noise()]);
    await sleep(1000);
    const calm: OrderedReport[] = [];
    const loud: OrderedReport[] = [];
    const noises: OrderedReport[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      calm.push(await quiet(seconds));
      const [heard, made] = await Promise.all([quiet(seconds), noise()]);
      loud.push(heard);
      noises.push(made);
      say(`round ${round}: p99 ${calm.at(-1)?.p99} ms, beside the noise ${heard.p99} ms`);
      // What still waits for the noisy one's budget is not to be there in the next calm.
      await sleep(1000);
    }
    const all = [...calm, ...loud];
    return judge(
      [
        { what: 'times the p99 of before, for the others', value: p99Of(loud) / p99Of(calm), most: withinMs(RATIO) },
        { what: 'of their reads not served', value: sum(all, ({ sent, ok }) => sent - ok), most: 0 },
        { what: 'calls of the noisy one refused', value: sum(noises, ({ shed }) => shed), least: 1 },
      ],
      {
        quietTenants: QUIET_TENANTS,
        quietPerSecond: QUIET_PER_SECOND,
        noisyPerSecond: NOISY_PER_SECOND,
        calmP99Ms: p99Of(calm),
        loudP99Ms: p99Of(loud),
        calm: told(calm),
        loud: told(loud),
        noises: told(noises),
      },
    );
  },
} satisfies Scenario);

/** In turn: nobody's calls come in a row. */
const readsOf = (crew: readonly Sailor[]): readonly LoadCall[] =>
  Array.from({ length: SYMBOLS }, (_unused, n) =>
    crew.map(({ token, name }) => ({ token, tool: 'search_symbols', args: { symbol: `${name.slice(-1)}${n}` } })),
  ).flat();

type Placing = {
  readonly url: string;
  readonly calls: readonly LoadCall[];
  readonly ratePerSecond: number;
  readonly seconds: number;
};

async function place({ url, seconds, ...load }: Placing): Promise<OrderedReport> {
  const { reads } = await placeLoad({ url, seconds, keepsTimes: true, loads: [{ name: 'reads', ...load }] });
  if (reads === undefined) throw new Error('The loader lost a load');
  return reads;
}

/** Of all rounds together: of one round it is the sixth slowest of 600, which is chance. */
const p99Of = (reports: readonly OrderedReport[]): number =>
  percentile(
    reports.flatMap(({ servedMs = [] }) => servedMs),
    0.99,
  );
const told = (reports: readonly OrderedReport[]) => reports.map(({ servedMs: _, ...report }) => report);
const sum = (reports: readonly OrderedReport[], of: (report: OrderedReport) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);
