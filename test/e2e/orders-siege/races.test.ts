import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, type Member, startCluster } from '../../support/processes/cluster.ts';
import type { ToolReply } from '../../support/processes/mcp-caller.ts';
import { askTicket, ruleOf } from './ticket.ts';

const CALLS = 100;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

/** The same call, a hundred times at once, half of them at each replica. */
const hundredfold = (member: Member, args: Record<string, unknown>): Promise<readonly ToolReply[]> =>
  Promise.all(Array.from({ length: CALLS }, (_unused, at) => askTicket(cluster, { member, at, args })));

const orderIdOf = ({ data }: ToolReply): unknown => (data['order'] as { order_id?: unknown } | undefined)?.order_id;

async function oneOrderFor(replies: readonly ToolReply[], member: Member, round: number): Promise<void> {
  expect(replies.filter(({ isError }) => isError).map(({ text }) => text)).toEqual([]);
  const orders = await cluster.desk.orders(member.customer);
  expect(orders).toHaveLength(round);
  expect(new Set(replies.map(orderIdOf))).toEqual(new Set([orderIdOf(replies[0] as ToolReply)]));
  expect(orders.map(({ id }) => id)).toContain(orderIdOf(replies[0] as ToolReply));
  // All but the one that sent it were told so.
  expect(replies.filter(({ data }) => data['replayed'] !== true)).toHaveLength(1);
}

describe('a hundred calls at once over two replicas', () => {
  it('with one client_order_id make one order, and all are told of it, twenty times over', async () => {
    const member = await cluster.addMember({ name: 'race-named' });
    for (let round = 1; round <= 20; round += 1) {
      const replies = await hundredfold(member, {
        price: `-1.${String(round).padStart(2, '0')}`,
        client_order_id: `race-${round}`,
      });
      await oneOrderFor(replies, member, round);
    }
    const { orders } = await cluster.desk.counters();
    expect(Object.values(orders)).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('without a name make one order, and the rest are refused as repeats', async () => {
    const member = await cluster.addMember({ name: 'race-nameless', plan: { duplicateSeconds: 60 } });
    for (let round = 1; round <= 3; round += 1) {
      const replies = await hundredfold(member, { price: `-2.0${round}` });
      expect(replies.filter(({ data }) => data['outcome'] === 'accepted')).toHaveLength(1);
      const refused = replies.filter(({ isError }) => isError);
      expect(refused.map(ruleOf)).toEqual(Array.from({ length: CALLS - 1 }, () => 'duplicate'));
      expect(await cluster.desk.orders(member.customer)).toHaveLength(round);
    }
  });

  it('with one confirmation make one order, and all are told of it', async () => {
    const member = await cluster.addMember({ name: 'race-confirmed', plan: { confirm: 'always' } });
    for (let round = 1; round <= 3; round += 1) {
      const price = `-3.0${round}`;
      const { data } = await askTicket(cluster, { member, tool: 'preview_order', args: { price } });
      expect(data['confirmation']).toMatch(/^[\w-]{43}$/u);
      const replies = await hundredfold(member, { price, confirmation: data['confirmation'] });
      await oneOrderFor(replies, member, round);
    }
  });
});
