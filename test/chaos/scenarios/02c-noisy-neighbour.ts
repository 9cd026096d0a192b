import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../../support/callers/caller.ts';
import { createMcpClient, type McpClient } from '../../support/callers/mcp-client.ts';
import { createRequestLedger, type RequestLedger } from '../../support/callers/request-ledger.ts';
import { startSteadyLoad } from '../../support/callers/steady-load.ts';
import type { Fleet } from '../../support/processes/fleet.ts';
import { createCrew, pick, type Sailor } from '../crew.ts';
import { judge, percentile, tally } from '../judge.ts';
import { isGood } from '../mixed-load.ts';
import { NARROW } from '../limiter-budgets.ts';
import type { Scenario } from '../scenario.ts';

const QUIET_TENANTS = 15;
/** Below its own two, so that what it waits for is never its own budget. */
const QUIET_PER_SECOND = 1;
const NOISY_PER_SECOND = 100;
const RATIO = 1.2;

export const noisyNeighbour: Scenario = Object.freeze({
  number: '2c',
  title: 'One tenant asks 50 times as fast as its budget allows, beside 15 that keep to theirs',
  expected: 'their p99 grows by less than 20 %, and all of their reads are served',
  fleet: NARROW,
  async run(fleet, { short, withinMs }) {
    const rounds = short ? 2 : 4;
    const ms = short ? 6000 : 12_000;
    const crew = await createCrew(fleet, 'neighbours', QUIET_TENANTS + 1);
    const [noisy, ...quiet] = crew;
    const ledger = createRequestLedger('quiet');
    const noise = createRequestLedger('noisy');
    const workers = quiet.map((sailor, n) => {
      const client = clientOf(fleet, sailor, { ledger, at: n });
      return (turn: number): Promise<unknown> => client.call('search_symbols', { symbol: `q${n}${turn % 100}` });
    });
    const load = startSteadyLoad(workers, { perSecond: QUIET_TENANTS * QUIET_PER_SECOND });
    await sleep(3000);
    const calm: number[] = [];
    const loud: number[] = [];
    let lost = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [figures, isLoud] of [
        [calm, false],
        [loud, true],
      ] as const) {
        const from = performance.now();
        await (isLoud ? makeNoise(fleet, pick([noisy ?? pick(crew, 0)], 0), { ledger: noise, ms }) : sleep(ms));
        const seen = ledger.entries().filter(({ sentAt }) => sentAt >= from);
        figures.push(
          percentile(
            seen.filter(isGood).map((entry) => entry.ms),
            0.99,
          ),
        );
        lost += seen.filter((entry) => !isGood(entry)).length;
      }
    }
    await load.end();
    const [calmMs, loudMs] = [percentile(calm, 0.5), percentile(loud, 0.5)];
    const refused = noise.entries().filter(({ why }) => why === 'rate_limited');
    return judge(
      [
        { what: 'times the p99 of before, for the others', value: loudMs / calmMs, most: withinMs(RATIO) },
        { what: 'reads of others that failed', value: lost, most: 0 },
        { what: 'calls of the noisy one refused', value: refused.length, least: 1 },
      ],
      {
        quietTenants: QUIET_TENANTS,
        quietPerSecond: QUIET_PER_SECOND,
        noisyPerSecond: NOISY_PER_SECOND,
        rounds,
        calmP99Ms: calm,
        loudP99Ms: loud,
        refusalMsP50: percentile(
          refused.map((entry) => entry.ms),
          0.5,
        ),
        noisy: tally(noise.entries().map(({ status, why }) => `${status} ${why ?? 'served'}`)),
      },
    );
  },
} satisfies Scenario);

function clientOf(
  fleet: Fleet,
  { token }: Sailor,
  { ledger, at }: { readonly ledger: RequestLedger; readonly at: number },
): McpClient {
  const url = pick(fleet.replicas, at).url();
  return createMcpClient(createCaller({ url, token, ledger, client: String(at) }), '2026');
}

/** Does not wait for answers: so many calls a second, whatever becomes of them. */
async function makeNoise(
  fleet: Fleet,
  sailor: Sailor,
  { ledger, ms }: { readonly ledger: RequestLedger; readonly ms: number },
): Promise<void> {
  const clients = fleet.replicas.map((_unused, at) => clientOf(fleet, sailor, { ledger, at }));
  const startedAt = performance.now();
  for (let made = 0; performance.now() - startedAt < ms; await sleep(5)) {
    for (; made < ((performance.now() - startedAt) * NOISY_PER_SECOND) / 1000; made += 1) {
      void pick(clients, made).call('search_symbols', { symbol: `n${made % 100}` });
    }
  }
}
