import { createCaller, type Exchange } from '../support/callers/caller.ts';
import { type CallReply, createMcpClient, type Era } from '../support/callers/mcp-client.ts';
import { createRequestLedger, type RequestEntry, type RequestLedger } from '../support/callers/request-ledger.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import { createCrew, pick, type Sailor } from './crew.ts';
import { judge, percentile, tally } from './judge.ts';
import { unloggedOf } from './unlogged.ts';
import type { Outcome } from './scenario.ts';

export type ManyClients = {
  readonly era: Era;
  readonly clients: number;
  /** At work at one time. */
  readonly atOnce: number;
  readonly tenants: number;
};

/** Reads of every tenant's own money, one after another. */
const TOOLS = ['get_balances', 'get_positions'] as const;

type Tour = { readonly ledger: RequestLedger; readonly crossed: string[]; readonly wrong: string[] };

/** Clients of several steps through the proxy, each step over a new connection, and so at any replica. */
export async function runManyClients(fleet: Fleet, { era, clients, atOnce, tenants }: ManyClients): Promise<Outcome> {
  const name = `many-${era}`;
  const crew = await createCrew(fleet, name, tenants);
  const tour: Tour = { ledger: createRequestLedger(name), crossed: [], wrong: [] };
  const startedAt = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < clients) {
      next += 1;
      await oneClient(fleet.url, tour, { sailor: pick(crew, next), client: `client-${next}`, era });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  const entries = tour.ledger.entries();
  const unlogged = await unloggedOf(fleet, entries);
  const lost = entries.filter(({ fate }) => fate !== 'answered');
  return judge(
    [
      { what: 'session not found', value: entries.filter(isSessionLost).length, most: 0 },
      { what: 'crossed answers', value: tour.crossed.length, most: 0 },
      { what: 'requests lost or shed', value: lost.length, most: 0 },
      { what: 'answered with an error', value: tour.wrong.length, most: 0 },
      { what: 'answered that no replica knows of', value: unlogged, most: 0 },
      { what: 'handled twice', value: fleet.handled.twice().length, most: 0 },
      { what: `requests of ${clients} clients`, value: entries.length, least: clients * (TOOLS.length + 2) },
    ],
    {
      perSecond: Math.round(entries.length / seconds),
      atOnce,
      tenants,
      p50Ms: percentile(msOf(entries), 0.5),
      p99Ms: percentile(msOf(entries), 0.99),
      byReplica: fleet.handled.byReplica(),
      whys: tally(entries.flatMap(({ status, why }) => (why === undefined ? [] : [`${status} ${why}`]))),
      crossed: tour.crossed.slice(0, 5),
    },
  );
}

const msOf = (entries: readonly RequestEntry[]): readonly number[] => entries.map(({ ms }) => ms);

/** What a replica says to a session that it does not know. */
const isSessionLost = ({ status, what }: RequestEntry): boolean =>
  status === 404 || (what === 'DELETE' && status >= 400);

type OneClient = { readonly sailor: Sailor; readonly client: string; readonly era: Era };

async function oneClient(url: string, { ledger, crossed, wrong }: Tour, one: OneClient): Promise<void> {
  const { sailor, client, era } = one;
  const mcp = createMcpClient(createCaller({ url, token: sailor.token, ledger, client }), era);
  const look = ({ entry, rpc, rpcId }: Exchange): void => {
    if (rpc !== undefined && 'id' in rpc && rpc.id !== rpcId && rpc.id !== null) crossed.push(`${entry.what}: id`);
    if (entry.why !== undefined) wrong.push(`${entry.what}: ${entry.why}`);
  };
  for (const exchange of await mcp.open()) look(exchange);
  look(await mcp.listTools());
  for (const tool of TOOLS) {
    const called = await mcp.call(tool);
    look(called);
    if (isForeign(called, sailor)) crossed.push(`${tool}: another account`);
  }
  for (const exchange of await mcp.close()) look(exchange);
}

/** An answer that names an account which is not the tenant's own, or a right one that names none. */
function isForeign({ reply }: CallReply, { account }: Sailor): boolean {
  return reply !== undefined && !reply.isError && reply.data['account_number'] !== account;
}
