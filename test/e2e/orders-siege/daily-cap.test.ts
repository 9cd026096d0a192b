import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { add, compare, decimal, type Decimal, ZERO } from '../../../src/core/decimal.ts';
import { type Cluster, type Member, startCluster } from '../../support/processes/cluster.ts';
import { askTicket, ruleOf } from './ticket.ts';

const ORDERS = 50;

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

async function askOf(member: Member): Promise<number> {
  const args = { instruments: [{ symbol: 'F' }] };
  const { data, text } = await cluster.call(0, { token: member.token, tool: 'get_quotes', args });
  const [quote] = data['quotes'] as readonly { readonly ask?: string }[];
  expect(Number(quote?.ask), text).toBeGreaterThan(0);
  return Number(quote?.ask);
}

async function reservedBy(member: Member): Promise<Decimal> {
  const rows = await cluster.tenancy.storage.ledger.of(member.id).list({ limit: 1000 });
  expect(rows.map(({ state }) => state)).toEqual(['accepted', 'accepted', 'accepted']);
  return rows.reduce((total, { notional }) => add(total, decimal(notional)), ZERO);
}

describe('the daily cap', () => {
  it('lets through three of fifty parallel orders of 30 % of it, whichever replica they reach', async () => {
    const watcher = await cluster.addMember({ name: 'cap-watcher' });
    for (let round = 1; round <= 10; round += 1) {
      // What an order opens is valued at the market, however low its own price is.
      const cap = decimal(((await askOf(watcher)) / 0.3).toFixed(2));
      const member = await cluster.addMember({ name: `cap-${round}`, plan: { dailyNotional: cap } });
      const replies = await Promise.all(
        Array.from({ length: ORDERS }, (_unused, at) => {
          const args = { price: `-1.${String(at).padStart(2, '0')}`, client_order_id: `cap-${at}` };
          return askTicket(cluster, { member, at, args });
        }),
      );
      expect(replies.filter(({ data }) => data['outcome'] === 'accepted')).toHaveLength(3);
      const refused = replies.filter(({ isError }) => isError);
      expect(refused.map(ruleOf)).toEqual(Array.from({ length: ORDERS - 3 }, () => 'daily_notional'));
      expect(await cluster.desk.orders(member.customer)).toHaveLength(3);
      expect(compare(await reservedBy(member), cap)).toBeLessThanOrEqual(0);
    }
  });
});
