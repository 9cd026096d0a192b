import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { type EventReader, readEvents } from '../../support/edge/event-reader.ts';
import { modernRequest } from '../../support/edge/raw.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { openSimulator, type OpenSimulator } from '../simulator/open-simulator.ts';

const PATIENCE_MS = 20_000;

let open: OpenSimulator;
let dataDir: string;
let gateways: readonly [TestGateway, TestGateway];
let account: string;
const streams: EventReader[] = [];

beforeAll(async () => {
  open = await openSimulator({ clock: systemClock, alwaysOpen: true });
  dataDir = await mkdtemp(join(tmpdir(), 'gateway-events-'));
  const { restUrl, streamerUrl } = open.simulator;
  const variables = {
    DATA_DIR: dataDir,
    REDIS_URL: inject('redisUrl'),
    TASTYTRADE_PAPER_URL: restUrl,
    TASTYTRADE_PAPER_STREAMER_URL: streamerUrl,
  };
  const first = await startTestGateway(variables, open.simulator);
  gateways = [first, await startTestGateway(variables, open.simulator)];
  account = await open.accountOf(await open.login('margin'));
});

afterAll(async () => {
  for (const stream of streams) stream.hangUp();
  for (const gateway of gateways) await gateway.close();
  await open.simulator.close();
  await rm(dataDir, { recursive: true, force: true });
  expect(open.errors).toEqual([]);
});

/** What a client of one replica is told of, as it watches these. */
async function watch(gateway: TestGateway, uris: readonly string[]): Promise<Set<string>> {
  const { headers, body } = modernRequest('subscriptions/listen', { notifications: { resourceSubscriptions: uris } });
  const authorization = `Bearer ${gateway.token('demo')}`;
  const init = { method: 'POST', headers: { ...headers, authorization }, body: JSON.stringify(body) };
  const stream = await readEvents(`${gateway.url}/mcp`, init);
  streams.push(stream);
  await stream.next();
  const told = new Set<string>();
  void (async () => {
    for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
      const { method, params } = JSON.parse(event.data) as { method?: string; params?: { uri?: string } };
      if (method === 'notifications/resources/updated') told.add(String(params?.uri));
    }
  })();
  return told;
}

describe('a client that watches its account', () => {
  it('is told at every replica of what happens at the broker without this gateway, over one stream', async () => {
    const parts = ['orders', 'positions', 'balances'].map((part) => `account://${account}/${part}`);
    const [here, there] = [await watch(gateways[0], parts), await watch(gateways[1], parts)];
    const sockets = () => open.simulator.control.counters().sockets.streamer;
    await eventually(() => sockets()['margin'] === 1, PATIENCE_MS);
    // The beginning of a stream is a change as well.
    await eventually(() => here.size === 3 && there.size === 3, PATIENCE_MS);
    here.clear();
    there.clear();
    const token = await open.login('margin');
    const leg = { 'instrument-type': 'Equity', symbol: 'F', action: 'Buy to Open', quantity: 1 };
    const order = { 'order-type': 'Market', 'time-in-force': 'Day', legs: [leg] };
    const placed = await open.ask('POST', `/accounts/${account}/orders`, { token, body: order });
    expect(placed.status).toBe(201);
    for (const told of [here, there]) await eventually(() => told.size === 3, PATIENCE_MS);
    expect(sockets()).toEqual({ margin: 1 });
  });

  it('hears nothing of another tenant', async () => {
    const told = await watch(gateways[1], [`account://${account}/orders`]);
    await eventually(() => told.size === 0, 100);
    const other = await open.login('cash');
    const otherAccount = await open.accountOf(other);
    const leg = { 'instrument-type': 'Equity', symbol: 'F', action: 'Buy to Open', quantity: 1 };
    const order = { 'order-type': 'Market', 'time-in-force': 'Day', legs: [leg] };
    const placed = await open.ask('POST', `/accounts/${otherAccount}/orders`, { token: other, body: order });
    expect(placed.status).toBe(201);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([...told]).toEqual([]);
    expect(open.simulator.control.counters().sockets.streamer['cash']).toBeUndefined();
  });
});
