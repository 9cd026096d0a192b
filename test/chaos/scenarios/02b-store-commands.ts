import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../../support/callers/caller.ts';
import { createMcpClient } from '../../support/callers/mcp-client.ts';
import { createRequestLedger } from '../../support/callers/request-ledger.ts';
import { startSteadyLoad } from '../../support/callers/steady-load.ts';
import { createCrew } from '../crew.ts';
import { judge } from '../judge.ts';
import { limiterCounts, scriptsRun } from '../limiter-readings.ts';
import { complaints, isGood, latencies } from '../mixed-load.ts';
import { WIDE } from '../limiter-budgets.ts';
import type { Scenario } from '../scenario.ts';

const TENANTS = 20;
const PER_SECOND = 500;
const PER_READ = 0.05;
/** Demands are known by then, and leases sized by them. */
const WARM_UP_MS = 6000;

export const storeCommands: Scenario = Object.freeze({
  number: '2b',
  title: '20 tenants at 3 replicas, as near 500 reads a second as the machine bears, each read a call to the broker',
  expected: 'at most 0.05 commands of the limiter to Redis for each read',
  fleet: WIDE,
  async run(fleet, { short, say }) {
    const crew = await createCrew(fleet, 'commands', TENANTS);
    const ledger = createRequestLedger('commands');
    const workers = crew.flatMap((sailor, n) =>
      fleet.replicas.map((replica, at) => {
        const caller = createCaller({ url: replica.url(), token: sailor.token, ledger, client: `${n}-${at}` });
        const client = createMcpClient(caller, '2026');
        return (turn: number): Promise<unknown> => client.call('search_symbols', { symbol: `${n}${turn % 1000}` });
      }),
    );
    const load = startSteadyLoad(workers, { perSecond: PER_SECOND });
    await sleep(WARM_UP_MS);
    const [from, before, scriptsBefore] = [performance.now(), await limiterCounts(fleet), await scriptsRun(fleet)];
    await sleep(short ? 8000 : 20_000);
    const [after, scripts] = [await limiterCounts(fleet), (await scriptsRun(fleet)) - scriptsBefore];
    const until = performance.now();
    await load.end();
    const entries = ledger.entries().filter(({ sentAt }) => sentAt >= from && sentAt < until);
    const reads = entries.filter(isGood).length;
    const commands = (after.get('store_commands') ?? 0) - (before.get('store_commands') ?? 0);
    const perSecond = (reads * 1000) / (until - from);
    say(`${Math.round(perSecond)} reads a second`);
    return judge(
      [
        { what: 'commands of the limiter for each read', value: commands / reads, most: PER_READ },
        { what: 'reads a second', value: perSecond, least: 50 },
        { what: '% of reads answered', value: (100 * reads) / entries.length, least: 99 },
      ],
      {
        tenants: TENANTS,
        wantedPerSecond: PER_SECOND,
        reads,
        commands,
        byKind: Object.fromEntries(
          [...after].flatMap(([key, value]) =>
            key.startsWith('store_commands ') ? [[key, value - (before.get(key) ?? 0)]] : [],
          ),
        ),
        scriptsOfAllParts: scripts,
        ...latencies(entries),
        complaints: complaints(entries),
      },
    );
  },
} satisfies Scenario);
