import { setTimeout as sleep } from 'node:timers/promises';
import { createCaller } from '../support/callers/caller.ts';
import { type CallReply, type McpClient, createMcpClient } from '../support/callers/mcp-client.ts';
import { type RequestLedger, createRequestLedger } from '../support/callers/request-ledger.ts';
import type { Fleet, FleetOptions } from '../support/processes/fleet.ts';
import { type Sailor, createCrew, pick } from './crew.ts';

/** What comes at once is let in: how replicas defend themselves against too much is another row's. */
export const OPEN_GATE: FleetOptions = { env: { CALL_START_WAIT_MS: '10000' } };

/** Callers who ask replicas for option chains, and ask again when they are told to. */
export type ChainReaders = {
  readonly crew: readonly Sailor[];
  readonly ledger: RequestLedger;
  /** So many calls at one replica, of all tenants in turn: within a moment they all wait at a time. */
  read(replica: number, symbol: string, count: number): readonly Promise<ChainRead>[];
};

export type ChainRead = CallReply & {
  /** When the replica was asked that gave this answer, and when it had answered. */
  readonly askedAt: number;
  readonly answeredAt: number;
};

/** Few enough calls at a time for what one tenant may have under way. */
const PER_TENANT = 50;
const EACH_MS = 2;
const AGAIN_MS = 1000;
const PATIENCE_MS = 20_000;

export async function openChainReaders(fleet: Fleet, name: string, atOnce: number): Promise<ChainReaders> {
  const crew = await createCrew(fleet, name, Math.ceil(atOnce / PER_TENANT));
  const ledger = createRequestLedger(name);
  const clients = fleet.replicas.map((replica, at) =>
    crew.map(({ token }) =>
      createMcpClient(createCaller({ url: replica.url(), token, ledger, client: `at-${at}` }), '2026'),
    ),
  );
  // What else a first call takes (a session at the broker, its account) is not what is looked at here.
  await Promise.all(clients.flat().map((client) => client.call('get_balances')));

  async function read(client: McpClient, symbol: string, delayMs: number): Promise<ChainRead> {
    await sleep(delayMs);
    const beganAt = performance.now();
    for (;;) {
      const askedAt = performance.now();
      const reply = await client.call('get_option_chain', { symbol });
      const answeredAt = performance.now();
      if (reply.entry.fate !== 'shed' || answeredAt - beganAt > PATIENCE_MS) return { ...reply, askedAt, answeredAt };
      await sleep(AGAIN_MS);
    }
  }

  return {
    crew,
    ledger,
    read: (replica, symbol, count) =>
      Array.from({ length: count }, (_, at) => read(pick(pick(clients, replica), at), symbol, at * EACH_MS)),
  };
}

/** Whether this is the whole answer to a question for this chain. */
export const isChainOf =
  (symbol: string) =>
  ({ reply }: ChainRead): boolean =>
    reply?.isError === false && reply.data['symbol'] === symbol && (reply.data['expirations'] as unknown[]).length > 0;

/** How often the broker was asked for a chain since its last reset. */
export async function fetchesOf({ desk }: Fleet): Promise<number> {
  const { requests } = await desk.counters();
  return requests['GET /option-chains/:symbol/nested'] ?? 0;
}

/** Why the replicas that run loaded a chain, and how often: as they count it themselves. */
export async function loadReasons({ replicas }: Fleet): Promise<Readonly<Record<string, number>>> {
  const reasons: Record<string, number> = {};
  for (const replica of replicas) {
    const text = await (await fetch(`${replica.url()}/metrics`, { signal: AbortSignal.timeout(10_000) })).text();
    for (const [, labels = '', count] of text.matchAll(/^gateway_cache_load_seconds_count\{(.*)\} (\d+)$/gmu)) {
      reasons[labels] = (reasons[labels] ?? 0) + Number(count);
    }
  }
  return reasons;
}

/** Chains that no replica has, whatever ran before. */
export async function forgetChains({ redis }: Fleet): Promise<void> {
  const master = await redis.master();
  const keys = (await master.ask('KEYS', 'tg:chain:*')) as readonly string[];
  if (keys.length > 0) await master.ask('DEL', ...keys);
}

/** Equities that the simulator lists options on. */
export const SYMBOLS = [
  'SPY',
  'AAPL',
  'MSFT',
  'NVDA',
  'AMZN',
  'GOOGL',
  'META',
  'TSLA',
  'AMD',
  'NFLX',
  'INTC',
  'JPM',
] as const;
