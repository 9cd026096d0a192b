import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerDesk } from '../processes/broker-desk.ts';
import { callTool } from '../processes/mcp-caller.ts';
import type { Member, Membership } from '../processes/membership.ts';
import type { Replica } from '../processes/replica.ts';
import { preferProcess } from './prefer-process.ts';
import { placeLoad } from './load-order.ts';
import type { LoadReport } from './load-tally.ts';
import type { LoadCall } from './mcp-load.ts';

export type OverloadPlan = {
  /** The one that is loaded. */
  readonly replica: Pick<Replica, 'url' | 'pid'>;
  readonly members: Pick<Membership, 'addMember'>;
  readonly desk: BrokerDesk;
  readonly tenants: number;
  /** How long each load lasts; the one that is too much lasts `ONSET_SECONDS` longer, which have a report of their own. */
  readonly seconds: number;
  /** How many times the gateway's capacity is asked of it. */
  readonly factor: number;
  readonly cancelsPerSecond: number;
  readonly reads: 'cheap' | 'real';
};

export type OverloadReport = {
  /** Reads a second that it serves at the most. */
  readonly capacity: number;
  /** When far too much begins to come, over new connections. */
  readonly onset: LoadReport;
  readonly reads: LoadReport;
  readonly cancels: LoadReport;
  /** Orders that were to be cancelled and still work at the broker. */
  readonly leftWorking: number;
};

const CHEAP: Pick<LoadCall, 'tool' | 'args'>[] = [{ tool: 'get_current_time_nyc' }];
const REAL: Pick<LoadCall, 'tool' | 'args'>[] = [
  { tool: 'get_balances' },
  { tool: 'get_quotes', args: { instruments: [{ symbol: 'AAPL' }] } },
  { tool: 'get_positions' },
];
const ONSET_SECONDS = 1;
const WARM_PER_SECOND = 150;
const PLACED_AT_ONCE = 8;
const WORKERS = 16;

/** What one replica does when far more is asked of it than it can: by a client in a process of its own, on the same machine. */
export async function measureOverload(plan: OverloadPlan): Promise<OverloadReport> {
  const { seconds, factor, cancelsPerSecond } = plan;
  const url = plan.replica.url();
  // It has one core, and the loader the other; what they work with shares what is left.
  preferProcess(plan.replica.pid());
  const members: Member[] = [];
  for (let at = 0; at < plan.tenants; at += 1) members.push(await plan.members.addMember({ name: `load-${at}` }));
  const reads = members.flatMap(({ token }) =>
    (plan.reads === 'cheap' ? CHEAP : REAL).map((call) => ({ token, ...call })),
  );
  await placeLoad({ url, seconds, loads: [{ name: 'warm', ratePerSecond: WARM_PER_SECOND, calls: reads }] });
  const cancels = await placeOrders(url, members, Math.ceil(cancelsPerSecond * seconds));
  const capacity = await findCapacity(url, reads, seconds);
  await sleep(1000);
  const flood = { ratePerSecond: capacity * factor, calls: reads };
  const loads = [
    { name: 'onset', ...flood, seconds: ONSET_SECONDS },
    { name: 'reads', ...flood, afterSeconds: ONSET_SECONDS },
    { name: 'cancels', ratePerSecond: cancelsPerSecond, calls: cancels, afterSeconds: ONSET_SECONDS },
  ];
  const report = await placeLoad({ url, seconds, loads });
  await sleep(1000);
  const orders = await Promise.all(members.map(({ customer }) => plan.desk.orders(customer)));
  const leftWorking = orders.flat().filter(({ status }) => status === 'Live' || status === 'Received').length;
  const { onset, reads: reading, cancels: cancelling } = report;
  if (onset === undefined || reading === undefined || cancelling === undefined)
    throw new Error('The loader lost a load');
  return { capacity, onset, reads: reading, cancels: cancelling, leftWorking };
}

/** What it serves when so many callers each ask again as soon as they are answered. */
async function findCapacity(url: string, calls: readonly LoadCall[], seconds: number): Promise<number> {
  const { found } = await placeLoad({ url, seconds, loads: [{ name: 'found', workers: WORKERS, calls }] });
  if (found === undefined) throw new Error('The loader lost a load');
  return found.perSecond;
}

/** Orders that rest in the book, and the calls that cancel each of them once. */
async function placeOrders(url: string, members: readonly Member[], count: number): Promise<LoadCall[]> {
  const cancels: LoadCall[] = [];
  const place = async (at: number): Promise<void> => {
    const member = members[at % members.length];
    if (member === undefined) return;
    const price = `-${(1 + at / 100).toFixed(2)}`;
    const args = { legs: [{ symbol: 'F', action: 'Buy to Open', quantity: 1 }], price };
    const { data, isError, text } = await callTool(url, { token: member.token, tool: 'place_order', args });
    const order = data['order'] as { order_id?: string } | undefined;
    const id = order?.order_id ?? data['order_id'];
    if (isError || typeof id !== 'string') throw new Error(`An order was not taken: ${text}`);
    cancels.push({ token: member.token, tool: 'delete_order', args: { order_id: id } });
  };
  for (let at = 0; at < count; at += PLACED_AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(PLACED_AT_ONCE, count - at) }, (_, next) => place(at + next)));
  }
  return cancels;
}
