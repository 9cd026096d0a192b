import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventReader, readEvents } from '../../support/edge/event-reader.ts';
import { type TestReplicas, startTestReplicas } from '../../support/replicas.ts';

const PROTOCOL = '2026-07-28';
const META = {
  'io.modelcontextprotocol/protocolVersion': PROTOCOL,
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
/** Whose account is whose: see the residents of the simulator. */
const CASH = 'account://5WX00002';
const MARGIN = 'account://5WX00001';
const NOBODY = 'account://5WX99999';
const PATIENCE = { timeout: 15_000 };

let replicas: TestReplicas;
beforeAll(async () => {
  replicas = await startTestReplicas(3);
});
afterAll(() => replicas.close());

type Rpc = { result?: Record<string, unknown>; error?: { code: number; message: string; data?: unknown } };

/** One request of either era at the next replica. */
async function ask(token: string, method: string, params: Record<string, unknown> = {}, session?: string) {
  const isModern = session === undefined && method !== 'initialize';
  const name = params['name'] ?? params['uri'];
  const response = await fetch(`${replicas.next().url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(isModern ? { 'mcp-protocol-version': PROTOCOL, 'mcp-method': method } : {}),
      ...(isModern && typeof name === 'string' ? { 'mcp-name': name } : {}),
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: isModern ? { ...params, _meta: META } : params }),
  });
  const text = await response.text();
  const json = text.startsWith('{') ? text : (text.split('data: ').at(-1) ?? '');
  return { status: response.status, headers: response.headers, rpc: JSON.parse(json) as Rpc };
}

const rowsOf = <Row>({ result = {} }: Rpc, key: string): Row[] => (result[key] ?? []) as Row[];
const read = async (token: string, uri: string): Promise<Rpc> => (await ask(token, 'resources/read', { uri })).rpc;

async function openSession(token: string): Promise<string> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return (await ask(token, 'initialize', params)).headers.get('mcp-session-id') ?? '';
}

const openStream = (token: string, session: string): Promise<EventReader> =>
  readEvents(`${replicas.next().url}/mcp`, {
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', 'mcp-session-id': session },
  });

const openListen = (token: string, uris: readonly string[]): Promise<EventReader> =>
  readEvents(`${replicas.next().url}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': PROTOCOL,
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 'mine',
      method: 'subscriptions/listen',
      params: { _meta: META, notifications: { resourceSubscriptions: uris } },
    }),
  });

/** Everything that a stream tells from now on, as it comes. */
function collect(stream: EventReader): { readonly method: string; readonly params: Record<string, unknown> }[] {
  const heard: { method: string; params: Record<string, unknown> }[] = [];
  void (async () => {
    for (let event = await stream.next(); event !== undefined; event = await stream.next()) {
      heard.push(JSON.parse(event.data));
    }
  })();
  return heard;
}
const urisIn = (heard: ReturnType<typeof collect>): unknown[] =>
  heard.filter(({ method }) => method === 'notifications/resources/updated').map(({ params }) => params['uri']);

const order = (token: string, price: number) =>
  replicas.next().call(token, 'place_order', {
    legs: [{ symbol: 'SPY', action: 'buy', quantity: 1 }],
    price,
    allow_duplicate: true,
  });

describe('resources over three replicas', () => {
  it('are listed to each caller: their own accounts, and the templates', async () => {
    const listed = async (tenant: string) => {
      const { rpc } = await ask(replicas.token(tenant), 'resources/list');
      return rowsOf<{ uri: string }>(rpc, 'resources')
        .map(({ uri }) => uri)
        .toSorted();
    };
    const own = [`${CASH}/balances`, `${CASH}/orders`, `${CASH}/positions`];
    await expect.poll(() => listed('demo-cash'), PATIENCE).toEqual(own);
    await expect.poll(() => listed('demo-two'), PATIENCE).toHaveLength(6);
    const { rpc } = await ask(replicas.token('demo'), 'resources/templates/list');
    expect(rowsOf(rpc, 'resourceTemplates')).toHaveLength(4);
  });

  it('read as the tools answer, on every replica', async () => {
    const token = replicas.token('demo-cash');
    for (const [uri, tool, args, stable] of [
      [`${CASH}/positions`, 'get_positions', {}, 'account_number'],
      [`${CASH}/balances`, 'get_balances', {}, 'currency'],
      [`${CASH}/orders`, 'get_live_orders', {}, 'working'],
      ['quote://SPY', 'get_quotes', { instruments: [{ symbol: 'SPY' }] }, 'environment'],
    ] as const) {
      for (let n = 0; n < 3; n += 1) {
        const [content] = rowsOf<{ text: string }>(await read(token, uri), 'contents');
        expect(content).toMatchObject({ uri, mimeType: 'application/json' });
        const data = JSON.parse(content?.text ?? '{}');
        const answer = await replicas.next().call(token, tool, args);
        expect(Object.keys(data).toSorted()).toEqual(Object.keys(answer.data).toSorted());
        expect(data[stable]).toEqual(answer.data[stable]);
      }
    }
  });

  it('of somebody else look as if they were not there, in either era and by every way', async () => {
    const token = replicas.token('demo-cash');
    const session = await openSession(token);
    const told = (rpc: Rpc) => JSON.stringify(rpc).replaceAll(/5WX\d{5}/gu, 'N');
    for (const part of ['positions', 'balances', 'orders']) {
      const [foreign, unknown] = [`${MARGIN}/${part}`, `${NOBODY}/${part}`];
      const missing = await read(token, unknown);
      expect(missing.error?.code).toBe(-32_602);
      expect(told(await read(token, foreign))).toBe(told(missing));
      for (const method of ['resources/read', 'resources/subscribe']) {
        const absent = (await ask(token, method, { uri: unknown }, session)).rpc;
        expect(absent.error?.code).toBe(missing.error?.code);
        expect(told((await ask(token, method, { uri: foreign }, session)).rpc)).toBe(told(absent));
      }
    }
    expect((await read(token, `${CASH}/orders`)).error).toBeUndefined();
  });
});

describe('a fill that nobody asked for just now', () => {
  it('is told to whoever watches positions, orders or balances, on whichever replica the broker is heard', async () => {
    const token = replicas.token('demo-cash');
    const parts = ['positions', 'balances', 'orders'].map((part) => `${CASH}/${part}`);
    const stream = await openListen(token, parts);
    const heard = collect(stream);
    await expect.poll(() => heard.length, PATIENCE).toBe(1);
    const resting = await order(token, -1.7);
    expect(resting.isError, resting.text).toBe(false);
    await expect.poll(() => new Set(urisIn(heard)), PATIENCE).toEqual(new Set(parts));
    // Beyond what the order itself moved.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const before = heard.length;
    replicas.simulator.control.moveMarket('SPY', 0.002);
    await expect.poll(() => new Set(urisIn(heard.slice(before))), { timeout: 30_000 }).toEqual(new Set(parts));
    replicas.simulator.control.moveMarket('SPY', 500);
    stream.hangUp();
  });
});

describe('subscriptions of a 2025 session', () => {
  it('tell of an order that went through another replica, on the stream of a third, and no longer once they end', async () => {
    const token = replicas.token('demo-cash');
    const session = await openSession(token);
    const stream = await openStream(token, session);
    const heard = collect(stream);
    const uri = `${CASH}/orders`;
    expect((await ask(token, 'resources/subscribe', { uri }, session)).rpc.result).toEqual({});
    await expect.poll(async () => (await order(token, -1), urisIn(heard).length), PATIENCE).toBeGreaterThan(0);
    expect(new Set(urisIn(heard))).toEqual(new Set([uri]));
    await ask(token, 'resources/unsubscribe', { uri }, session);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const before = urisIn(heard).length;
    await order(token, -1.1);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(urisIn(heard)).toHaveLength(before);
    stream.hangUp();
  });

  it('tell of quotes about once a second, however fast they move', async () => {
    const token = replicas.token('demo');
    const session = await openSession(token);
    await ask(token, 'resources/subscribe', { uri: 'quote://SPY' }, session);
    const stream = await openStream(token, session);
    const heard = collect(stream);
    await expect.poll(() => urisIn(heard).length, PATIENCE).toBeGreaterThan(0);
    const [from, start] = [urisIn(heard).length, performance.now()];
    while (performance.now() - start < 4000) {
      replicas.simulator.control.moveMarket('SPY', 1.0005);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seconds = (performance.now() - start) / 1000;
    expect(urisIn(heard).length - from).toBeGreaterThan(1);
    expect(urisIn(heard).length - from).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    stream.hangUp();
  });

  it('go over to the newest stream, and outlive that Redis forgets them', async () => {
    const token = replicas.token('demo-cash');
    const session = await openSession(token);
    const [orders, balances] = [`${CASH}/orders`, `${CASH}/balances`];
    await ask(token, 'resources/subscribe', { uri: orders }, session);
    const first = await openStream(token, session);
    const second = await openStream(token, session);
    expect(await first.next()).toBeUndefined();
    const heard = collect(second);
    await expect.poll(async () => (await order(token, -1.2), urisIn(heard)), PATIENCE).toContain(orders);
    await replicas.redis.ask('FLUSHALL');
    await ask(token, 'resources/subscribe', { uri: balances }, session);
    await expect.poll(async () => (await order(token, -1.3), urisIn(heard)), PATIENCE).toContain(balances);
    const before = heard.length;
    await expect.poll(async () => (await order(token, -1.4), urisIn(heard.slice(before))), PATIENCE).toContain(orders);
    const third = await openStream(token, session);
    const later = collect(third);
    await expect.poll(async () => (await order(token, -1.5), urisIn(later)), PATIENCE).toContain(orders);
    third.hangUp();
  });

  it('are refused to a client without a session, which nothing could be told', async () => {
    const response = await fetch(`${replicas.next().url}/mcp`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${replicas.token('demo')}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'quote://SPY' } }),
    });
    expect(await response.json()).toMatchObject({ error: { code: -32_600 } });
  });

  it('are at most 32', async () => {
    const token = replicas.token('demo');
    const session = await openSession(token);
    // As many spellings of a few symbols: each is an address of its own.
    const uris = ['SPY', 'QQQ', 'IWM', 'TSLA', 'NVDA'].flatMap((symbol) =>
      Array.from({ length: 7 }, (_, n) => `quote://${spelt(symbol, n)}`),
    );
    const answers: Rpc[] = [];
    for (const uri of uris) answers.push((await ask(token, 'resources/subscribe', { uri }, session)).rpc);
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(32);
    for (const { error } of answers.slice(32)) expect(error?.data).toMatchObject({ code: 'rate_limited' });
  });
});

/** The symbol with those of its letters encoded that the bits of `which` name. */
const spelt = (symbol: string, which: number): string =>
  [...symbol].map((letter, at) => ((which >> at) & 1 ? `%${letter.charCodeAt(0).toString(16)}` : letter)).join('');

describe('subscriptions of 2026-07-28', () => {
  it('acknowledge what is the caller’s own and nothing else, and tell of it from another replica', async () => {
    const token = replicas.token('demo-cash');
    const own = `${CASH}/orders`;
    const stream = await openListen(token, [
      `${MARGIN}/orders`,
      own,
      `${NOBODY}/orders`,
      'quote://NONESUCH',
      'x://y',
      own,
    ]);
    const heard = collect(stream);
    await expect.poll(() => heard.length, PATIENCE).toBe(1);
    expect(heard[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { resourceSubscriptions: [own] } },
    });
    await order(replicas.token('demo'), -1);
    await expect.poll(async () => (await order(token, -1.6), urisIn(heard)), PATIENCE).toContain(own);
    expect(new Set(urisIn(heard))).toEqual(new Set([own]));
    expect(heard.at(-1)?.params).toMatchObject({ _meta: { 'io.modelcontextprotocol/subscriptionId': 'mine' } });
    stream.hangUp();
  });

  it('tell of quotes', async () => {
    const stream = await openListen(replicas.token('demo'), ['quote://SPY']);
    const heard = collect(stream);
    await expect
      .poll(() => {
        replicas.simulator.control.moveMarket('SPY', 1.001);
        return urisIn(heard).length;
      }, PATIENCE)
      .toBeGreaterThan(1);
    stream.hangUp();
  });

  it('end at once when nothing is left to tell, and are refused when too much is asked for', async () => {
    const token = replicas.token('demo-cash');
    const stream = await openListen(token, [`${MARGIN}/orders`]);
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({ params: { notifications: {} } });
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({ id: 'mine', result: {} });
    expect(await stream.next()).toBeUndefined();
    const many = Array.from({ length: 33 }, (_, n) => `quote://A${n}`);
    const refused = await openListen(token, many);
    expect(refused.response.status).toBe(400);
    refused.hangUp();
  });
});
