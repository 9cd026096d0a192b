import { createCaller } from '../../support/callers/caller.ts';
import { createMcpClient } from '../../support/callers/mcp-client.ts';
import { createRequestLedger } from '../../support/callers/request-ledger.ts';
import { createCrew, pick } from '../crew.ts';
import { judge, percentile, tally } from '../judge.ts';
import { arrivals, limiterCounts, mostInASecond } from '../limiter-readings.ts';
import type { Scenario } from '../scenario.ts';
import { NARROW } from '../limiter-budgets.ts';

/** Calls that no replica has ever answered, so that each is one call to the broker. */
const phrase = (at: number, n: number): string => `${'abc'[at] ?? 'd'}${String(n)}`;
const CALLERS = 5;

export const ceiling: Scenario = Object.freeze({
  number: '2a',
  title: 'Each replica has 200 reads of one tenant at once, whose budget is 2 a second',
  expected: 'never more than 2 in any second at the broker, near that rate, all replicas served, the rest told when',
  fleet: NARROW,
  async run(fleet, { short }) {
    const calls = short ? 60 : 200;
    const sailor = pick(await createCrew(fleet, 'ceiling', 1), 0);
    const ledger = createRequestLedger('ceiling');
    const clients = fleet.replicas.map((replica, at) => {
      const caller = { url: replica.url(), token: sailor.token, ledger, timeoutMs: 60_000 };
      return Array.from({ length: CALLERS }, (_unused, n) =>
        createMcpClient(createCaller({ ...caller, client: `${at}-${n}` }), '2026'),
      );
    });
    await fleet.desk.reset();
    const asked = clients.flatMap((callers, at) =>
      Array.from({ length: calls }, (_unused, n) => pick(callers, n).call('search_symbols', { symbol: phrase(at, n) })),
    );
    await Promise.all(asked);
    const timesMs = await arrivals(fleet, new Set([sailor.customer]));
    const seconds = (Math.max(...timesMs) - Math.min(...timesMs)) / 1000;
    const entries = ledger.entries();
    const served = entries.filter(({ fate, why }) => fate === 'answered' && why === undefined);
    const refused = entries.filter(({ why }) => why === 'rate_limited');
    const byReplica = clients.map((_unused, at) => served.filter(({ client }) => client.startsWith(`${at}-`)).length);
    return judge(
      [
        { what: 'calls at most in any second at the broker', value: mostInASecond(timesMs), most: 2 },
        { what: 'a second in all', value: (timesMs.length - 2) / seconds, least: 1.5 },
        { what: 'served by the replica that served fewest', value: Math.min(...byReplica), least: 1 },
        {
          what: `of ${entries.length} calls without either`,
          value: entries.length - served.length - refused.length,
          most: 0,
        },
      ],
      {
        replicas: fleet.replicas.length,
        callsAtEach: calls,
        byReplica,
        refusedMsP50: percentile(
          refused.map(({ ms }) => ms),
          0.5,
        ),
        whys: tally(entries.flatMap(({ status, why }) => (why === undefined ? [] : [`${status} ${why}`]))),
        limiter: Object.fromEntries(await limiterCounts(fleet)),
      },
    );
  },
} satisfies Scenario);
