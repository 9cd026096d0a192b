import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type GatewayReplicas, startGatewayReplicas } from '../../support/gateway-replicas.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/postgres.ts';
import { WIDE_PLAN } from '../../support/processes/membership.ts';
import { type StallingProxy, startStallingProxy } from '../../support/stalling-proxy.ts';

/** One share far below the market: it rests in the book. */
const TICKET = { legs: [{ symbol: 'F', action: 'Buy to Open', quantity: 1 }], price: '-1.00' };
const REPLICAS = [0, 1] as const;

let postgres: OwnPostgres;
let proxy: StallingProxy;
let replicas: GatewayReplicas;
let token: string;
let made = 0;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  const url = new URL(await postgres.freshDatabase());
  proxy = await startStallingProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  replicas = await startGatewayReplicas({
    count: REPLICAS.length,
    redisUrl: inject('redisUrl'),
    variables: { DATABASE_URL: url.href },
  });
  token = await replicas.addTenant('margin');
  await replicas.gateways[0]?.tenancy.registry.setPlan('margin', WIDE_PLAN, 'test');
});
afterAll(async () => {
  await replicas.close();
  await proxy.close();
  await postgres.stop();
});

type Placed = { readonly code: unknown; readonly outcome: unknown; readonly ms: number };

async function place(at: number): Promise<Placed> {
  const startedMs = performance.now();
  const args = { ...TICKET, client_order_id: `order-${(made += 1)}` };
  const { error, data } = await replicas.call(at, { token, tool: 'place_order', args });
  return { code: error?.['code'], outcome: data['outcome'], ms: performance.now() - startedMs };
}

const placeEverywhere = (): Promise<Placed[]> => Promise.all(REPLICAS.map(place));

const submissions = (): readonly number[] => Object.values(replicas.simulator.control.counters().orders);

const accepts = async (): Promise<void> => {
  for (const { outcome } of await placeEverywhere()) expect(outcome).toBe('accepted');
};

const statusOf = async (path: string): Promise<number[]> =>
  Promise.all(replicas.gateways.map(async ({ url }) => (await fetch(`${url}${path}`)).status));

/** Nothing was sent, whatever was asked: each answer is the typed refusal, none of them late. */
async function refuses(rounds: number): Promise<void> {
  const before = submissions().length;
  for (let round = 0; round < rounds; round += 1) {
    for (const { code, ms } of await placeEverywhere()) {
      expect(code).toBe('storage_unavailable');
      expect(ms).toBeLessThan(3000);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(submissions()).toHaveLength(before);
}

/** What a probe is told may be a second old. */
const PATIENCE = { timeout: 10_000, interval: 100 };

describe('a gateway whose database is restarted', () => {
  it('refuses orders at once while it is away, and takes them again by itself, none of them twice', async () => {
    await accepts();
    for (let restart = 0; restart < 2; restart += 1) {
      await postgres.halt();
      await refuses(10);
      expect(await statusOf('/livez')).toEqual([200, 200]);
      await expect.poll(() => statusOf('/readyz'), PATIENCE).toEqual([503, 503]);
      await postgres.resume();
      await expect.poll(accepts, { timeout: 15_000, interval: 200 }).toBeUndefined();
      await expect.poll(() => statusOf('/readyz'), PATIENCE).toEqual([200, 200]);
    }
    expect(submissions().every((count) => count === 1)).toBe(true);
  });

  it('loses no order that was on its way when it went', async () => {
    const over = new AbortController();
    const placing = Promise.all(
      REPLICAS.map(async (at) => {
        const placed: Placed[] = [];
        while (!over.signal.aborted) placed.push(await place(at));
        return placed;
      }),
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await postgres.halt();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await postgres.resume();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    over.abort();
    const placed = (await placing).flat();
    const codes = new Set(placed.flatMap(({ code }) => (code === undefined ? [] : [code])));
    for (const code of codes) expect(['storage_unavailable', 'order_outcome_unknown']).toContain(code);
    expect(placed.some(({ outcome }) => outcome === 'accepted')).toBe(true);
    expect(submissions().every((count) => count === 1)).toBe(true);
  });
});

describe('a gateway whose database does not answer any more', () => {
  it('notices within three seconds, refuses at once from then on, and goes on when it is answered again', async () => {
    await accepts();
    proxy.stall();
    const before = submissions().length;
    const first = await placeEverywhere();
    for (const { code, ms } of first) {
      expect(code).toBe('storage_unavailable');
      expect(ms).toBeLessThan(8000);
    }
    await expect.poll(() => statusOf('/readyz'), { timeout: 5000 }).toEqual([503, 503]);
    const startedMs = performance.now();
    await refuses(5);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(submissions()).toHaveLength(before);
    proxy.release();
    await expect.poll(accepts, { timeout: 15_000, interval: 200 }).toBeUndefined();
    expect(submissions().every((count) => count === 1)).toBe(true);
  });
});
