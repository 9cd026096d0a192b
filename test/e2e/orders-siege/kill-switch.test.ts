import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, type Member, startCluster } from '../../support/processes/cluster.ts';
import type { ToolReply } from '../../support/processes/mcp-caller.ts';
import { askTicket, codeOf } from './ticket.ts';

const STREAMS = 8;
const WITHIN_MS = 1000;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

type Heard = { readonly at: number; readonly reply: ToolReply };
type Stream = { readonly heard: readonly Heard[]; end(): Promise<void> };

/** Orders without a pause over both replicas, until it is ended. */
function streamOrders(members: readonly Member[]): Stream {
  const heard: Heard[] = [];
  const over = new AbortController();
  let count = 0;
  const flow = async (lane: number): Promise<void> => {
    while (!over.signal.aborted) {
      const number = (count += 1);
      const member = members[number % members.length];
      if (member === undefined) throw new RangeError('A stream needs tenants');
      const args = { price: `-${(1 + number / 100).toFixed(2)}`, client_order_id: `flow-${number}` };
      heard.push({ at: lane, reply: await askTicket(cluster, { member, at: lane, args }) });
    }
  };
  const flowing = Promise.all(Array.from({ length: STREAMS }, (_unused, lane) => flow(lane)));
  return {
    heard,
    async end() {
      over.abort();
      await flowing;
    },
  };
}

const codes = (heard: readonly Heard[]): Set<unknown> =>
  new Set(heard.map(({ reply }) => (reply.isError ? codeOf(reply) : reply.data['outcome'])));

async function flip(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await cluster.command('switch', ...args, '--reason', 'siege');
  expect(code, stderr).toBe(0);
}

/** When the switch says that it was thrown: before the command that threw it had ended. */
async function thrownAt(scope: string): Promise<number> {
  const rows = await cluster.tenancy.storage.switches.list();
  const at = rows.find((row) => row.scope === scope)?.at;
  if (at === undefined) throw new Error('There is no such switch');
  return at;
}

async function lastPostOf(member: Member): Promise<number> {
  const { firstSubmittedAt } = await cluster.desk.counters();
  const own = (await cluster.desk.orders(member.customer)).map(({ externalId }) => firstSubmittedAt[externalId] ?? 0);
  return Math.max(0, ...own);
}

describe('the kill switch', () => {
  it('stops both replicas within a second, through restarts; cancels and reads go on, and off lets orders go on', async () => {
    const member = await cluster.addMember({ name: 'switch-all' });
    const early = await askTicket(cluster, { member, args: { client_order_id: 'early' } });
    const stream = streamOrders([member]);
    await sleep(3000);
    await flip('on');
    const told = stream.heard.length;
    await sleep(2500);
    await stream.end();
    const before = stream.heard.slice(0, told);
    const after = stream.heard.slice(told + STREAMS);
    expect(before.filter(({ reply }) => reply.data['outcome'] === 'accepted').length).toBeGreaterThan(10);
    for (const half of [0, 1]) {
      expect(codes(after.filter(({ at }) => at % 2 === half))).toEqual(new Set(['trading_stopped']));
    }
    expect((await lastPostOf(member)) - (await thrownAt('global'))).toBeLessThanOrEqual(WITHIN_MS);

    const { order_id } = early.data['order'] as { order_id: string };
    const { token } = member;
    const cancelled = await cluster.call(1, { token, tool: 'delete_order', args: { order_id } });
    expect(cancelled.data, cancelled.text).toMatchObject({ outcome: 'accepted' });
    for (const at of [0, 1]) {
      expect((await cluster.call(at, { token, tool: 'get_live_orders' })).isError).toBe(false);
      expect((await cluster.call(at, { token, tool: 'get_balances' })).isError).toBe(false);
    }

    const posted = (await cluster.desk.counters()).requests['POST /accounts/:account/orders'];
    for (const replica of cluster.replicas) {
      await replica.kill();
      await replica.restart();
    }
    for (const at of [0, 1]) {
      expect(codeOf(await askTicket(cluster, { member, at, args: { client_order_id: `still-${at}` } }))).toBe(
        'trading_stopped',
      );
    }
    expect((await cluster.desk.counters()).requests['POST /accounts/:account/orders']).toBe(posted);

    await flip('off');
    for (const at of [0, 1]) {
      const reply = await askTicket(cluster, { member, at, args: { price: '-9.50', client_order_id: `on-${at}` } });
      expect(reply.data, reply.text).toMatchObject({ outcome: 'accepted' });
    }
  });

  it('of one tenant stops that one only', async () => {
    const stopped = await cluster.addMember({ name: 'switch-one' });
    const other = await cluster.addMember({ name: 'switch-none' });
    const streams = [streamOrders([stopped]), streamOrders([other])] as const;
    await sleep(2000);
    await flip('on', '--tenant', stopped.name);
    const told = streams.map(({ heard }) => heard.length);
    await sleep(2000);
    await Promise.all(streams.map((stream) => stream.end()));
    const [mine, theirs] = streams.map(({ heard }, index) => heard.slice((told[index] ?? 0) + STREAMS));
    expect(codes(mine ?? [])).toEqual(new Set(['trading_stopped']));
    expect(codes(theirs ?? [])).toEqual(new Set(['accepted']));
    expect(await lastPostOf(stopped)).toBeGreaterThan(0);
    expect((await lastPostOf(stopped)) - (await thrownAt(stopped.id))).toBeLessThanOrEqual(WITHIN_MS);
    await flip('off', '--tenant', stopped.name);
  });
});
