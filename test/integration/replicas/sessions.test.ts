import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { type EdgeReplicas, startEdgeReplicas } from '../../support/edge/edge-replicas.ts';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, inject, legacyRequest, openSession } from '../../support/edge/raw.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

let replicas: EdgeReplicas;
let witnesses: Witness[];
beforeEach(async () => {
  const tools = Array.from({ length: 3 }, () => testTools());
  witnesses = tools.map(({ witness }) => witness);
  replicas = await startEdgeReplicas(3, (at) => [tools[at]?.pack ?? {}, CONFORMANCE_PACK]);
});
afterEach(() => replicas.close());

const appAt = (at: number) => {
  const gateway = replicas.gateways[at];
  if (gateway === undefined) throw new RangeError('There is no such replica');
  return gateway.app;
};
const withSession = (session: string, token = 'trader') => ({
  'mcp-session-id': session,
  authorization: `Bearer ${token}`,
});
const post = (at: number, headers: Record<string, string>, body: unknown) =>
  inject(appAt(at), { headers: headersFor(headers), body });
const ping = async (at: number, session: string, token = 'trader'): Promise<number> =>
  (await inject(appAt(at), legacyRequest('ping', {}, { headers: withSession(session, token) }))).statusCode;
const end = (at: number, session: string, token = 'trader') =>
  appAt(at).inject({ method: 'DELETE', url: '/mcp', headers: headersFor(withSession(session, token)) });

async function openStream(at: number, session: string) {
  const { host: _, ...headers } = headersFor(withSession(session));
  return readEvents(`${replicas.urls[at]}/mcp`, { headers });
}

async function startCall(at: number, session: string, request: { name: string; args?: object; id?: number }) {
  const params = { name: request.name, arguments: request.args ?? {} };
  const { headers, body } = legacyRequest('tools/call', params, {
    headers: withSession(session),
    id: request.id ?? 1,
  });
  const { host: _, ...rest } = headers;
  return readEvents(`${replicas.urls[at]}/mcp`, { method: 'POST', headers: rest, body: JSON.stringify(body) });
}

describe('a 2025 session over three replicas', () => {
  it('is served by each, whatever becomes of Redis: emptied, gone, or started anew', async () => {
    const session = await openSession(appAt(0));
    const all = () => Promise.all([0, 1, 2].map((at) => ping(at, session)));
    expect(await all()).toEqual([200, 200, 200]);
    await replicas.redis.ask('FLUSHALL');
    expect(await all()).toEqual([200, 200, 200]);
    await replicas.redis.kill();
    expect(await all()).toEqual([200, 200, 200]);
    const another = await openSession(appAt(1));
    expect(await ping(2, another)).toBe(200);
    expect(await ping(2, another, 'other')).toBe(404);
    await replicas.redis.start();
    await replicas.reunited();
    expect(await all()).toEqual([200, 200, 200]);
    expect(await ping(0, another)).toBe(200);
  });

  it('is served within a second while Redis is frozen', async () => {
    const session = await openSession(appAt(0));
    replicas.redis.freeze();
    try {
      const startedMs = performance.now();
      expect(await Promise.all([0, 1, 2].map((at) => ping(at, session)))).toEqual([200, 200, 200]);
      expect(performance.now() - startedMs).toBeLessThan(1000);
    } finally {
      replicas.redis.thaw();
    }
    await replicas.reunited();
    expect(await ping(1, session)).toBe(200);
  });

  it('ends everywhere when its client ends it anywhere, with its calls and its stream', async () => {
    const session = await openSession(appAt(0));
    const stream = await openStream(1, session);
    const call = startCall(2, session, { name: 'wait' });
    await witnesses[2]?.begun();
    expect((await end(0, session)).statusCode).toBe(200);
    expect(await stream.next()).toBeUndefined();
    await vi.waitFor(() => expect(witnesses[2]?.events).toEqual(['aborted']));
    await call.then((reader) => reader.hangUp());
    for (const at of [0, 1, 2]) expect(await ping(at, session)).toBe(404);
    expect((await end(1, session)).statusCode).toBe(404);
  });

  it('does not end when that cannot be written down: the client is told to try again', async () => {
    const session = await openSession(appAt(0));
    await replicas.redis.kill();
    const refused = await end(0, session);
    expect(refused.statusCode).toBe(503);
    expect(refused.json().error.data).toMatchObject({ code: 'coordination_unavailable', retry: 'later' });
    expect(await ping(0, session)).toBe(200);
    await replicas.redis.start();
    await replicas.reunited();
    expect((await end(2, session)).statusCode).toBe(200);
    expect(await ping(1, session)).toBe(404);
  });

  it('has one stream: the newest, on whichever replica', async () => {
    const session = await openSession(appAt(0));
    const first = await openStream(0, session);
    const second = await openStream(1, session);
    expect(await first.next()).toBeUndefined();
    const third = await openStream(2, session);
    expect(await second.next()).toBeUndefined();
    await end(1, session);
    expect(await third.next()).toBeUndefined();
  });

  it('keeps the notice level that was set on another replica', async () => {
    const session = await openSession(appAt(0));
    const set = (level: string) =>
      inject(appAt(1), legacyRequest('logging/setLevel', { level }, { headers: withSession(session) }));
    const call = (at: number) =>
      inject(
        appAt(at),
        legacyRequest('tools/call', { name: 'test_logging_tool', arguments: {} }, { headers: withSession(session) }),
      );
    expect((await call(2)).body).toContain('notifications/message');
    expect((await set('error')).json()).toMatchObject({ result: {} });
    expect((await call(2)).body).not.toContain('notifications/message');
    await replicas.redis.kill();
    expect((await call(2)).body).not.toContain('notifications/message');
    expect((await set('debug')).json()).toMatchObject({
      error: { data: { code: 'coordination_unavailable', retry: 'later' } },
    });
  });
});

describe('a call of a 2025 session', () => {
  it('gets the answer to its question from wherever the client posts it', async () => {
    const session = await openSession(appAt(0), 'trader', { elicitation: {} });
    const calls = await Promise.all(
      [0, 1, 2].map(async (at) => {
        const stream = await startCall(at, session, { name: 'sell', args: { quantity: at + 1 }, id: at });
        return { at, stream, question: JSON.parse((await stream.next())?.data ?? '{}') };
      }),
    );
    for (const { at, stream, question } of calls) {
      const answer = { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { sure: true } } };
      expect((await post((at + 1) % 3, withSession(session), answer)).statusCode).toBe(202);
      expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({
        id: at,
        result: { structuredContent: { sold: at + 1 } },
      });
    }
  });

  it('is not told an answer that cannot be carried to it: the client hears that, and may say it again', async () => {
    const session = await openSession(appAt(0), 'trader', { elicitation: {} });
    const stream = await startCall(0, session, { name: 'sell', args: { quantity: 1 } });
    const question = JSON.parse((await stream.next())?.data ?? '{}');
    const answer = { jsonrpc: '2.0', id: question.id, result: { action: 'accept', content: { sure: true } } };
    await replicas.redis.kill();
    const refused = await post(1, withSession(session), answer);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['retry-after']).toBe('1');
    await replicas.redis.start();
    await replicas.reunited();
    await vi.waitFor(
      async () => {
        expect((await post(1, withSession(session), answer)).statusCode).toBe(202);
        expect(witnesses[0]?.events).toEqual(['sold 1']);
      },
      { timeout: 10_000 },
    );
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({
      result: { structuredContent: { sold: 1 } },
    });
  });

  it('is withdrawn from any replica, and no other call with it', async () => {
    const [mine, others] = [await openSession(appAt(0)), await openSession(appAt(0), 'other')];
    const call = startCall(2, mine, { name: 'wait', id: 7 });
    await witnesses[2]?.begun();
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } };
    expect((await post(1, withSession(others, 'other'), cancelled)).statusCode).toBe(202);
    expect((await post(1, withSession(mine), { ...cancelled, params: { requestId: 8 } })).statusCode).toBe(202);
    expect(witnesses[2]?.events).toEqual([]);
    expect((await post(1, withSession(mine), cancelled)).statusCode).toBe(202);
    await vi.waitFor(() => expect(witnesses[2]?.events).toEqual(['aborted']));
    await call.then((reader) => reader.hangUp());
  });
});
