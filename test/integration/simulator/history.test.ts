import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator } from './open-simulator.ts';
import { eventually, WireClient } from './wire-client.ts';

describe('what the simulator tells of what happened', () => {
  let open: OpenSimulator;
  const clients: WireClient[] = [];

  beforeEach(async () => {
    open = await openSimulator();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  const control = () => open.simulator.control;

  async function stream(customer: string): Promise<WireClient> {
    const token = await open.login(customer);
    const client = await WireClient.open(open.simulator.streamerUrl);
    clients.push(client);
    client.send({ action: 'connect', value: [await open.accountOf(token)], 'auth-token': `Bearer ${token}` });
    await client.told(({ action, status }) => action === 'connect' && status === 'ok');
    return client;
  }

  async function feed(customer: string): Promise<WireClient> {
    const accessToken = await open.login(customer);
    const token = (await open.ask('GET', '/api-quote-tokens', { token: accessToken })).at('data.token');
    const client = await WireClient.open(`${open.simulator.streamerUrl}/realtime`);
    clients.push(client);
    client.send({ type: 'SETUP', channel: 0, version: 'test', keepaliveTimeout: 60, acceptKeepaliveTimeout: 60 });
    client.send({ type: 'AUTH', channel: 0, token });
    await client.told(({ state }) => state === 'AUTHORIZED');
    return client;
  }

  const openNow = (kind: 'dxlink' | 'streamer', customer: string): number =>
    control().counters().sockets[kind][customer] ?? 0;

  it.each([
    ['streamer', stream],
    ['dxlink', feed],
  ] as const)(
    'tells the most %s sockets of a customer at one time, and when each came and went',
    async (kind, join) => {
      const from = open.clock.now();
      const first = await join('margin');
      await open.clock.advance(100);
      const second = await join('margin');
      await join('cash');
      await open.clock.advance(100);
      first.close();
      await eventually(() => openNow(kind, 'margin') === 1);
      await open.clock.advance(100);
      second.close();
      await eventually(() => openNow(kind, 'margin') === 0);
      await join('margin');
      const { sockets, socketPeaks } = control().counters();
      expect(sockets[kind]).toEqual({ margin: 1, cash: 1 });
      expect(socketPeaks[kind]).toEqual({ margin: 2, cash: 1 });
      const mine = control()
        .history('sockets')
        .items.filter(({ customer }) => customer === 'margin');
      expect(mine).toEqual(
        [
          { at: from, change: 'opened', open: 1 },
          { at: from + 100, change: 'opened', open: 2 },
          { at: from + 200, change: 'closed', open: 1 },
          { at: from + 300, change: 'closed', open: 0 },
          { at: from + 300, change: 'opened', open: 1 },
        ].map((seen) => ({ ...seen, kind, customer: 'margin' })),
      );
    },
  );

  it('counts peaks from what is open at a reset', async () => {
    const first = await stream('margin');
    const second = await stream('margin');
    first.close();
    await eventually(() => openNow('streamer', 'margin') === 1);
    expect(control().counters().socketPeaks.streamer).toEqual({ margin: 2 });
    control().reset();
    expect(control().counters().socketPeaks.streamer).toEqual({ margin: 1 });
    expect(control().history('sockets')).toEqual({ items: [], forgotten: 0 });
    second.close();
    await eventually(() => openNow('streamer', 'margin') === 0);
    control().reset();
    expect(control().counters().socketPeaks.streamer).toEqual({});
  });

  it('tells each call when it arrived and whose it was, also one that a fault strikes', async () => {
    const from = open.clock.now();
    const token = await open.login('margin');
    const account = await open.accountOf(token);
    await open.clock.advance(250);
    control().addFault({ route: '/accounts', times: 1, fault: { kind: 'status', status: 503 } });
    await open.ask('GET', `/accounts/${account}/balances`, { token });
    await open.ask('GET', `/accounts/${account}/balances`, { token: `${token}x` });
    expect(control().history('requests').items).toEqual([
      { at: from, customer: null, route: 'POST /oauth/token' },
      { at: from, customer: 'margin', route: 'GET /customers/:customer/accounts' },
      { at: from + 250, customer: 'margin', route: 'GET /accounts/:account/balances' },
      { at: from + 250, customer: null, route: 'GET /accounts/:account/balances' },
    ]);
    control().reset();
    expect(control().history('requests').items).toEqual([]);
  });

  it('tells each token call that was judged', async () => {
    const from = open.clock.now();
    await open.login('margin');
    control().revokeGrant('margin');
    await open.clock.advance(1_000);
    await open.login('margin');
    expect(control().history('grants').items).toEqual([
      { at: from, customer: 'margin', outcome: 'granted' },
      { at: from + 1_000, customer: null, outcome: 'refused' },
    ]);
  });

  it('tells it over HTTP', async () => {
    await open.login('margin');
    for (const part of ['requests', 'sockets', 'grants'] as const) {
      expect((await open.ask('GET', `/_simulator/${part}`)).at('data')).toEqual(control().history(part));
    }
    const foreign = { headers: { origin: 'http://127.0.0.1' } };
    expect((await open.ask('GET', '/_simulator/requests', foreign)).status).toBe(404);
  });
});
