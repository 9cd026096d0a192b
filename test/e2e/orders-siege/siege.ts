import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster, Member } from '../../support/processes/cluster.ts';
import { faultMix } from './fault-mix.ts';
import { placeUntilFinal, type SiegeOrder, type SiegeOutcome } from './place-until-final.ts';
import { type SettlingWatch, watchSettling } from './settling-watch.ts';
import { judgeSiege, tally, type Verdict } from './siege-oracle.ts';
import { startUnrest } from './unrest.ts';

export type SiegeOptions = {
  readonly orders: number;
  /** Callers at work at one time. */
  readonly callers: number;
  /** Replicas are killed for this long at most. */
  readonly unrestMs: number;
  /** Whether one replica is always left to serve. */
  readonly sparesLast: boolean;
  /** When whoever has not heard the last word gives up. */
  readonly withinMs: number;
};

export type SiegeReport = Omit<Verdict, 'late'> & {
  readonly late: readonly string[];
  /** How long no replica served at all. */
  readonly outage: SettlingWatch['outage'];
  readonly orders: number;
  readonly calls: number;
  readonly repeats: number;
  readonly lostConnections: number;
  readonly kills: number;
  readonly freezes: number;
  readonly told: Readonly<Record<string, number>>;
  /** Errors after which a call was repeated, by code. */
  readonly errors: Readonly<Record<string, number>>;
  readonly refusals: readonly string[];
  readonly auditVerify: number | null;
  readonly seconds: number;
};

/** The last intents may wait as drafts for a minute, and be settled for another. */
const QUIET_MS = 75_000;
/** These rest in the book, far below the market. */
const SYMBOLS = ['F', 'SPY', 'QQQ'] as const;
/** Every fourth order is one in this, and fills. */
const FILLED = 'AAPL';
const FILLED_ONE_IN = 4;
const LEAVES_ONE_IN = 9;
const LEAVES_WITHIN_MS = 1500;
const CUSTOMERS = ['margin', 'cash', 'siege-one', 'siege-two', 'siege-three'] as const;

/** Orders from many callers over both replicas while about half of the POSTs go wrong and replicas die. */
export async function laySiege(cluster: Cluster, options: SiegeOptions): Promise<SiegeReport> {
  const startedAt = Date.now();
  const members = await Promise.all(
    CUSTOMERS.map((customer) => cluster.addMember({ name: `tenant-${customer}`, customer })),
  );
  const [first] = members;
  if (first === undefined) throw new RangeError('A siege needs tenants');
  const orders = ordersOf(members, options.orders, await marketOf(cluster, first));
  for (const rule of faultMix()) await cluster.desk.addFault(rule);
  const watch = watchSettling(cluster, members);
  const unrest = startUnrest(cluster.replicas, { forMs: options.unrestMs, sparesLast: options.sparesLast });
  const deadline = startedAt + options.withinMs;
  let outcomes: readonly SiegeOutcome[];
  try {
    outcomes = await callAll(cluster, orders, { ...options, deadline });
    await unrest.end();
    await cluster.desk.clearFaults();
    await quiet(cluster, members);
  } finally {
    // Whatever failed, nobody kills, restarts or looks on any more.
    await Promise.allSettled([unrest.end(), watch.end()]);
  }
  const verdict = await judgeSiege(cluster, members, outcomes);
  const { code } = await cluster.command('audit', 'verify');
  const calls = sum(outcomes.map((outcome) => outcome.calls));
  return {
    orders: options.orders,
    calls,
    repeats: calls - outcomes.length,
    lostConnections: sum(outcomes.map((outcome) => outcome.lostConnections)),
    ...unrest.counts,
    ...verdict,
    late: verdict.late.map(({ id, words }) => `${words}: ${watch.storyOf(id)}`),
    outage: watch.outage,
    told: tally(outcomes.map(lastWord)),
    errors: tally(outcomes.flatMap(({ passing }) => passing)),
    refusals: outcomes.flatMap(({ refusals }) => refusals),
    auditVerify: code,
    seconds: Math.round((Date.now() - startedAt) / 1000),
  };
}

const lastWord = ({ final, order }: SiegeOutcome): string =>
  final?.kind ?? (order.leavesAfterMs === undefined ? 'nothing' : 'had left');

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** No two orders have the same price, whatever they are in. */
function ordersOf(members: readonly Member[], count: number, market: number): readonly SiegeOrder[] {
  return Array.from({ length: count }, (_unused, index) => {
    const member = members[index % members.length];
    if (member === undefined) throw new RangeError('A siege needs tenants');
    const fills = index % FILLED_ONE_IN === 0;
    return {
      member,
      clientOrderId: `siege-${index}`,
      price: ((fills ? market : 0) + 1 + Math.floor(index / members.length) / 100).toFixed(2),
      symbol: fills ? FILLED : (SYMBOLS[index % SYMBOLS.length] ?? FILLED),
      ...(index % LEAVES_ONE_IN === 0 ? { leavesAfterMs: 50 + Math.random() * LEAVES_WITHIN_MS } : {}),
    };
  });
}

/** In dollars: what one share costs now, at either replica's word. */
async function marketOf(cluster: Cluster, { token }: Member): Promise<number> {
  const { data } = await cluster.call(0, { token, tool: 'get_quotes', args: { instruments: [{ symbol: FILLED }] } });
  const [quote] = data['quotes'] as readonly { readonly ask?: string }[];
  const ask = Number(quote?.ask);
  if (!(ask > 0)) throw new Error(`${FILLED} is not quoted`);
  return ask;
}

async function callAll(
  cluster: Cluster,
  orders: readonly SiegeOrder[],
  { callers, deadline }: { readonly callers: number; readonly deadline: number },
): Promise<readonly SiegeOutcome[]> {
  const waiting = [...orders];
  const outcomes: SiegeOutcome[] = [];
  const caller = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      outcomes.push(await placeUntilFinal(cluster, next, deadline));
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return outcomes;
}

/** Until nothing is left for the settlers to see to, or it has had the time that it may take. */
async function quiet({ tenancy }: Cluster, members: readonly Member[]): Promise<void> {
  const until = Date.now() + QUIET_MS;
  while (Date.now() < until) {
    const open = await Promise.all(
      members.map(({ id }) => tenancy.storage.ledger.of(id).list({ limit: 1000, open: true })),
    );
    if (open.flat().every(({ flaggedAt }) => flaggedAt !== null)) return;
    await sleep(1000);
  }
}
