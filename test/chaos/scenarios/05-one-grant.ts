import { createCaller } from '../../support/callers/caller.ts';
import { createMcpClient } from '../../support/callers/mcp-client.ts';
import { createRequestLedger } from '../../support/callers/request-ledger.ts';
import { createCrew, pick } from '../crew.ts';
import { judge, percentile, tally } from '../judge.ts';
import type { Scenario } from '../scenario.ts';

/** The published figure is of one expiry; several show that it was no luck. */
const EXPIRIES = 5;

export const oneGrant: Scenario = Object.freeze({
  number: '5',
  title: 'Each replica has 200 calls of one tenant at once when its access token has expired',
  expected: '1 grant at the broker each time, every call answered',
  async run(fleet, { short, say }) {
    const calls = short ? 40 : 200;
    const expiries = short ? 2 : EXPIRIES;
    const sailor = pick(await createCrew(fleet, 'one-grant', 1), 0);
    const ledger = createRequestLedger('one-grant');
    const { customer, token } = sailor;
    const clients = fleet.replicas.map((replica, index) =>
      createMcpClient(createCaller({ url: replica.url(), token, ledger, client: `at-${index}` }), '2026'),
    );
    // Every replica has had a token before it expires.
    await Promise.all(clients.map((client) => client.call('get_balances')));
    const grants: number[] = [];
    let foreign = 0;
    for (let round = 1; round <= expiries; round += 1) {
      await fleet.desk.reset();
      await fleet.desk.expireTokens(customer);
      const asked = clients.flatMap((client) =>
        Array.from({ length: calls }, () => client.call('get_balances', { include_zero: true })),
      );
      const replies = await Promise.all(asked);
      foreign += replies.filter(({ reply }) => reply?.data['account_number'] !== sailor.account).length;
      const { tokenGrants } = await fleet.desk.counters();
      grants.push(tokenGrants[customer] ?? 0);
      say(`expiry ${round}: ${grants.at(-1)} grants`);
    }
    const entries = ledger.entries();
    return judge(
      [
        { what: 'grants at the most', value: Math.max(...grants), most: 1 },
        { what: 'at the least', value: Math.min(...grants), least: 1 },
        { what: `of ${entries.length} calls without the right answer`, value: foreign, most: 0 },
      ],
      {
        replicas: fleet.replicas.length,
        callsAtEach: calls,
        grants,
        p99Ms: percentile(
          entries.map(({ ms }) => ms),
          0.99,
        ),
        whys: tally(entries.flatMap(({ status, why }) => (why === undefined ? [] : [`${status} ${why}`]))),
      },
    );
  },
} satisfies Scenario);
