import { afterEach, describe, expect, it } from 'vitest';
import { openRawSocket } from '../../support/edge/raw-socket.ts';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';

const PATIENCE = { timeout: 30_000, interval: 10 };

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

async function start(variables: Record<string, string>): Promise<TestGateway> {
  gateway = await startTestGateway(variables);
  await gateway.call(gateway.token('demo'), 'get_balances');
  return gateway;
}

/** A call that the broker answers only after `ms`; resolves when it has come that far. */
async function begin(own: TestGateway, ms: number): Promise<{ readonly answer: Promise<string> }> {
  const { control } = own.simulator;
  const asked = (): number =>
    Object.entries(control.counters().requests).reduce(
      (sum, [route, n]) => sum + (route.includes('balances') ? n : 0),
      0,
    );
  const before = asked();
  control.addFault({ method: 'GET', route: '/accounts/*/balances', times: 1, fault: { kind: 'latency', ms } });
  const answer = own.call(own.token('demo'), 'get_balances').then(
    ({ isError }) => (isError ? 'failed' : 'answered'),
    () => 'cut off',
  );
  await expect.poll(asked, PATIENCE).toBe(before + 1);
  return { answer };
}

const probe = async ({ url }: TestGateway, path: string) => {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json() };
};

const callFor = ({ url }: TestGateway, token: string, tool: string) => ({
  path: '/mcp',
  headers: {
    host: new URL(url).host,
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: {} } }),
});

describe('a gateway that is ending', () => {
  it('says so at once, serves while others notice, hands over meanwhile, and loses no answer', async () => {
    const own = await start({ SHUTDOWN_DRAIN_MS: '1500', SHUTDOWN_GRACE_MS: '20000' });
    const token = own.token('demo');
    expect((await probe(own, '/readyz')).status).toBe(200);
    const handedOver: boolean[] = [];
    own.gateway.handOver.add({
      name: 'a lease',
      async run() {
        // Calls still go on meanwhile.
        handedOver.push(!(await own.call(token, 'get_current_time_nyc')).isError);
      },
    });
    const underWay = await begin(own, 4000);

    const closed = own.gateway.close();
    const first = await probe(own, '/readyz');
    expect(first).toMatchObject({ status: 503, body: { status: 'unavailable', checks: { storage: 'ok' } } });
    expect((await probe(own, '/livez')).status).toBe(200);

    const raw = await openRawSocket(own.url, callFor(own, token, 'get_current_time_nyc'));
    await raw.closed;
    expect(raw.heard()).toContain('HTTP/1.1 200');
    expect(raw.heard().toLowerCase()).toContain('connection: close');
    expect(handedOver).toEqual([]);

    expect(await underWay.answer).toBe('answered');
    await closed;
    expect(handedOver).toEqual([true]);
    await expect(fetch(`${own.url}/livez`)).rejects.toThrow();
  });

  it('ends streams of both eras as they want to be ended', async () => {
    const own = await start({ SHUTDOWN_GRACE_MS: '8000' });
    const token = own.token('demo');
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream', host: new URL(own.url).host };
    const sse = await openRawSocket(own.url, { path: '/sse', headers });
    await expect.poll(sse.heard, PATIENCE).toContain('endpoint');
    const listening = await own.post(token, {
      id: 'sub',
      method: 'subscriptions/listen',
      params: { notifications: { toolsListChanged: true } },
    });
    const text = listening.text();
    await own.gateway.close();
    await sse.closed;
    // The last chunk of a stream that was ended, not cut.
    expect(sse.heard().endsWith('0\r\n\r\n')).toBe(true);
    expect(await text).toContain('"resultType":"complete"');
  });

  it('takes no longer than its grace, whatever still hangs', async () => {
    const own = await start({ SHUTDOWN_GRACE_MS: '3000' });
    const token = own.token('demo');
    const stuck = await begin(own, 25_000);
    const unread = await openRawSocket(own.url, callFor(own, token, 'get_positions'));
    unread.socket.pause();
    own.gateway.handOver.add({ name: 'stuck', run: () => new Promise(() => {}) });
    const askedMs = performance.now();
    await own.gateway.close();
    expect(performance.now() - askedMs).toBeLessThan(6000);
    expect(await stuck.answer).toBe('cut off');
    unread.socket.destroy();
  });
});
