import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, type Member, startCluster } from '../../support/processes/cluster.ts';
import { askTicket, codeOf } from './ticket.ts';

let cluster: Cluster;
let members = 0;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

/** A tenant of its own for each test: its book shows what came of it. */
function newMember(customer?: string): Promise<Member> {
  members += 1;
  const name = `confirm-${members}`;
  return cluster.addMember({ name, customer: customer ?? name, plan: { confirm: 'always', undefinedRisk: true } });
}

async function confirmationOf(member: Member, args: Record<string, unknown> = {}): Promise<string> {
  const { data, text } = await askTicket(cluster, { member, tool: 'preview_order', args });
  expect(data['confirmation'], text).toMatch(/^[\w-]{43}$/u);
  return String(data['confirmation']);
}

const ordersOf = async ({ customer }: Member): Promise<number> =>
  (await cluster.desk.orders(customer)).filter(({ externalId }) => externalId !== '').length;

describe('a confirmation', () => {
  it('is needed, and sends its order once', async () => {
    const member = await newMember();
    expect(codeOf(await askTicket(cluster, { member }))).toBe('confirmation_needed');
    expect(await ordersOf(member)).toBe(0);
    const confirmation = await confirmationOf(member);
    const first = await askTicket(cluster, { member, args: { confirmation } });
    expect(first.data['outcome'], first.text).toBe('accepted');
    for (const at of [0, 1]) {
      const again = await askTicket(cluster, { member, at, args: { confirmation } });
      expect(again.data).toMatchObject({ replayed: true, external_id: first.data['external_id'] });
      const other = await askTicket(cluster, { member, at, args: { confirmation, price: '-1.05' } });
      expect(codeOf(other)).toBe('confirmation_invalid');
      const named = { confirmation, client_order_id: `another-${at}`, price: '-1.05' };
      expect(codeOf(await askTicket(cluster, { member, at, args: named }))).toBe('confirmation_invalid');
    }
    expect(await ordersOf(member)).toBe(1);
  });

  const leg = { symbol: 'F', action: 'Buy to Open', quantity: 1 };
  it.each([
    ['its instrument', { legs: [{ ...leg, symbol: 'INTC' }] }],
    ['its quantity', { legs: [{ ...leg, quantity: 2 }] }],
    ['its price', { price: '-1.01' }],
    ['its action', { legs: [{ ...leg, action: 'Sell to Open' }], price: '13.00' }],
    ['its order type', { order_type: 'Market', price: null }],
    ['its time in force', { time_in_force: 'GTC' }],
  ])('sends nothing when %s was changed', async (_what, changed) => {
    const member = await newMember();
    const confirmation = await confirmationOf(member);
    for (const at of [0, 1]) {
      const reply = await askTicket(cluster, { member, at, args: { ...changed, confirmation } });
      expect(reply.isError, reply.text).toBe(true);
      expect(codeOf(reply), reply.text).toBe('confirmation_invalid');
    }
    expect(await ordersOf(member)).toBe(0);
    // It was the change that was refused: the order that was previewed can still be sent.
    expect((await askTicket(cluster, { member, args: { confirmation } })).data['outcome']).toBe('accepted');
    expect(await ordersOf(member)).toBe(1);
  });

  it('sends nothing when a leg was added', async () => {
    const member = await newMember();
    const [first, second] = await twoCalls(member);
    const args = { legs: [first], price: '-0.50' };
    const confirmation = await confirmationOf(member, args);
    for (const at of [0, 1]) {
      const reply = await askTicket(cluster, { member, at, args: { ...args, legs: [first, second], confirmation } });
      expect(codeOf(reply), reply.text).toBe('confirmation_invalid');
    }
    expect(await ordersOf(member)).toBe(0);
  });

  it('is for one account of a login', async () => {
    const member = await newMember('two-accounts');
    const confirmation = await confirmationOf(member, { account_number: '5WX00003' });
    const other = await askTicket(cluster, { member, args: { account_number: '5WX00004', confirmation } });
    expect(codeOf(other), other.text).toBe('confirmation_invalid');
    expect(await ordersOf(member)).toBe(0);
  });

  it('is for one tenant, also over the same login, and for one caller', async () => {
    const member = await newMember();
    const neighbour = await newMember(member.customer);
    const confirmation = await confirmationOf(member);
    expect(codeOf(await askTicket(cluster, { member: neighbour, args: { confirmation } }))).toBe(
      'confirmation_invalid',
    );
    const token = await cluster.otherCaller(member, 'somebody-else');
    expect(codeOf(await askTicket(cluster, { member, token, args: { confirmation } }))).toBe('confirmation_invalid');
    expect(await ordersOf(member)).toBe(0);
  });

  it('is for one environment', async () => {
    const member = await newMember();
    const confirmation = await confirmationOf(member);
    await moveTo('sandbox', member);
    for (const at of [0, 1]) {
      const reply = await askTicket(cluster, { member, at, args: { confirmation } });
      expect(codeOf(reply), reply.text).toBe('confirmation_invalid');
    }
    expect(await ordersOf(member)).toBe(0);
    const there = await askTicket(cluster, { member, args: { confirmation: await confirmationOf(member) } });
    expect(there.data, there.text).toMatchObject({ outcome: 'accepted', environment: 'sandbox' });
  });

  it('ends when its time is up', async () => {
    const plan = { confirm: 'always', confirmationSeconds: 5 } as const;
    const member = await cluster.addMember({ name: 'confirm-late', plan });
    const confirmation = await confirmationOf(member);
    await sleep(5200);
    for (const at of [0, 1]) {
      expect(codeOf(await askTicket(cluster, { member, at, args: { confirmation } }))).toBe('confirmation_invalid');
    }
    expect(await ordersOf(member)).toBe(0);
  });
});

/** Legs that buy one call, and sell another of the same day. */
async function twoCalls({ token }: Member): Promise<readonly [object, object]> {
  const chain = (args: object) =>
    cluster.call(0, { token, tool: 'get_option_chain', args: { symbol: 'SPY', option_type: 'C', ...args } });
  const { expirations } = (await chain({})).data as { expirations: readonly { date: string; days: number }[] };
  const expiration_date = expirations.find(({ days }) => days > 20)?.date;
  const { options } = (await chain({ expiration_date, strikes: 2 })).data as { options: readonly { symbol: string }[] };
  const [bought, sold] = options;
  if (bought === undefined || sold === undefined) throw new Error('A chain without two calls');
  return [
    { symbol: bought.symbol, action: 'Buy to Open', quantity: 1 },
    { symbol: sold.symbol, action: 'Sell to Open', quantity: 1 },
  ];
}

/** No command does this: it is what an operator's hand in the database would do. */
async function moveTo(environment: string, { id, name, customer }: Member): Promise<void> {
  const client = new Client({ connectionString: cluster.databaseUrl });
  await client.connect();
  try {
    await client.query('update tenants set environment = $1 where id = $2', [environment, id]);
  } finally {
    await client.end();
  }
  await cluster.tenancy.registry.connect(name, cluster.desk.grantFor(customer));
  // A replica may know the tenant as it was for a second.
  await sleep(1200);
}
