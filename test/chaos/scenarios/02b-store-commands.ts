import { type OrderedReport, placeLoad } from '../../support/load/load-order.ts';
import { createCrew } from '../crew.ts';
import { judge } from '../judge.ts';
import { limiterCounts, scriptsRun } from '../limiter-readings.ts';
import { WIDE } from '../limiter-budgets.ts';
import type { Scenario } from '../scenario.ts';

const TENANTS = 20;
const SYMBOLS = 200;
const WORKERS = 24;
const PER_READ = 0.05;
/** Demands are known by then, and leases sized by them. */
const WARM_UP_SECONDS = 6;

export const storeCommands: Scenario = Object.freeze({
  number: '2b',
  title: '20 tenants at 3 replicas, as many reads a second as the machine bears, each a call to the broker',
  expected: 'at most 0.05 commands of the limiter to Redis for each read',
  fleet: WIDE,
  async run(fleet, { short, say }) {
    const crew = await createCrew(fleet, 'commands', TENANTS);
    const calls = Array.from({ length: SYMBOLS }, (_, at) =>
      crew.map(({ token }, n) => ({ token, tool: 'search_symbols', args: { symbol: `${n}${at}` } })),
    ).flat();
    // As many as are answered: a loader that insisted on more than the machine bears would only measure its own queue.
    const load = async (seconds: number): Promise<readonly OrderedReport[]> => {
      const placed = fleet.replicas.map((replica) =>
        placeLoad({ url: replica.url(), seconds, loads: [{ name: 'reads', workers: WORKERS, calls }] }),
      );
      return (await Promise.all(placed)).flatMap(({ reads }) => reads ?? []);
    };
    await load(WARM_UP_SECONDS);
    const [from, before, scriptsBefore] = [performance.now(), await limiterCounts(fleet), await scriptsRun(fleet)];
    const reports = await load(short ? 8 : 20);
    const until = performance.now();
    const [after, scripts] = [await limiterCounts(fleet), (await scriptsRun(fleet)) - scriptsBefore];
    const [reads, sent] = (['ok', 'sent'] as const).map((what) => reports.reduce((sum, { [what]: n }) => sum + n, 0));
    if (reads === undefined || sent === undefined) throw new Error('Nothing was counted');
    const commands = (after.get('store_commands') ?? 0) - (before.get('store_commands') ?? 0);
    const perSecond = (reads * 1000) / (until - from);
    say(`${Math.round(perSecond)} reads a second`);
    return judge(
      [
        { what: 'commands of the limiter for each read', value: commands / reads, most: PER_READ },
        { what: 'reads a second', value: perSecond, least: 50 },
        { what: '% of reads answered', value: (100 * reads) / sent, least: 99 },
      ],
      {
        tenants: TENANTS,
        workersAtEach: WORKERS,
        reads,
        commands,
        byKind: Object.fromEntries(
          [...after].flatMap(([key, value]) =>
            key.startsWith('store_commands ') ? [[key, value - (before.get(key) ?? 0)]] : [],
          ),
        ),
        scriptsOfAllParts: scripts,
        reports,
      },
    );
  },
} satisfies Scenario);
