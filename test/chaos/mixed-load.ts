import { createCaller } from '../support/callers/caller.ts';
import { createMcpClient, type Era, type McpClient } from '../support/callers/mcp-client.ts';
import { createRequestLedger, type RequestEntry, type RequestLedger } from '../support/callers/request-ledger.ts';
import { startSteadyLoad } from '../support/callers/steady-load.ts';
import type { Fleet } from '../support/processes/fleet.ts';
import { createCrew, pick, type Sailor } from './crew.ts';
import { percentile, tally } from './judge.ts';
import { type PlacedOrder, placeOnce } from './place-once.ts';

export type MixedLoadOptions = {
  readonly name: string;
  readonly perSecond: number;
  /** Clients of each era; each waits for one answer before it asks again. */
  readonly clients: Readonly<Record<Era, number>>;
  readonly tenants: number;
  /** Whether one request in twenty is an order. */
  readonly orders: boolean;
  /** How long the broker takes for anything that is about an account; as long as it takes unless told. */
  readonly brokerMs?: number;
  /** Addresses that clients take in turn; the proxy alone unless told. */
  readonly urls?: readonly string[];
};

/** What many clients ask all the time, through the proxy, over a new connection for every request. */
export type MixedLoad = {
  readonly ledger: RequestLedger;
  /** Orders of which the last word is known. */
  readonly orders: readonly PlacedOrder[];
  readonly conditions: Readonly<Record<string, unknown>>;
  end(): Promise<void>;
};

const READS = ['get_balances', 'get_positions', 'get_option_chain', 'tools/list', 'get_live_orders'] as const;
const ORDER_ONE_IN = 20;
const ORDER_PATIENCE_MS = 30_000;

export async function startMixedLoad(fleet: Fleet, options: MixedLoadOptions): Promise<MixedLoad> {
  const { name, perSecond, tenants, clients } = options;
  const ledger = createRequestLedger(name);
  const crew = await createCrew(fleet, name, tenants);
  const { brokerMs = 0 } = options;
  if (brokerMs > 0) await fleet.desk.addFault({ route: '/accounts', fault: { kind: 'latency', ms: brokerMs } });
  const orders: PlacedOrder[] = [];
  const eras = (['2025', '2026'] as const).flatMap((era) => Array.from({ length: clients[era] }, () => era));
  const urls = options.urls ?? [fleet.url];
  const workers = await Promise.all(
    eras.map(async (era, index) => {
      const sailor = pick(crew, index);
      const caller = createCaller({ url: pick(urls, index), token: sailor.token, ledger, client: `${name}-${index}` });
      const client = createMcpClient(caller, era);
      await client.open();
      return (turn: number): Promise<unknown> =>
        options.orders && (turn + index) % ORDER_ONE_IN === 0
          ? order({ client, sailor, clientOrderId: `${name}-${index}-${turn}` })
          : read(client, turn + index);
    }),
  );

  async function order(one: { client: McpClient; sailor: Sailor; clientOrderId: string }): Promise<void> {
    orders.push(await placeOnce({ ...one, patienceMs: ORDER_PATIENCE_MS }));
  }

  const load = startSteadyLoad(workers, { perSecond });
  return {
    ledger,
    orders,
    conditions: { perSecond, clients, tenants, brokerMs, orderOneIn: options.orders ? ORDER_ONE_IN : 0 },
    async end() {
      await load.end();
      await fleet.desk.clearFaults();
    },
  };
}

function read(client: McpClient, turn: number): Promise<unknown> {
  const what = pick(READS, turn);
  if (what === 'tools/list') return client.listTools();
  return client.call(what, what === 'get_option_chain' ? { symbol: 'SPY' } : {});
}

/** Answered, and with what was asked for. */
export const isGood = ({ fate, why }: RequestEntry): boolean => fate === 'answered' && why === undefined;

/** What went wrong, and how often: for the figures. */
export const complaints = (entries: readonly RequestEntry[]): Readonly<Record<string, number>> =>
  tally(
    entries.filter((entry) => !isGood(entry)).map(({ what, fate, status, why }) => `${what}: ${fate} ${status} ${why}`),
  );

export const latencies = (entries: readonly RequestEntry[]): Readonly<Record<string, number>> => {
  const ms = entries.map((entry) => entry.ms);
  return { p50Ms: percentile(ms, 0.5), p99Ms: percentile(ms, 0.99), maxMs: Math.max(...ms) };
};
