import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, initialize, inject, legacyRequest, openSession } from '../../support/edge/raw.ts';
import { startTestGateway } from '../../support/edge/test-gateway.ts';
import type { TestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import type { ManualClock } from '../../support/manual-clock.ts';

const DAY_MS = 86_400_000;
const KEEP_ALIVE_MS = 15_000;

let gateway: TestGateway;
let clock: ManualClock;
beforeEach(async () => {
  clock = createManualClock(Date.now());
  gateway = await startTestGateway({ packs: [testTools().pack, CONFORMANCE_PACK], clock });
});
afterEach(async () => gateway.close());

const withSession = (session: string, token = 'trader') => ({
  'mcp-session-id': session,
  authorization: `Bearer ${token}`,
});

/** Opens a stream on a real socket. */
async function open(path: string, headers: Record<string, string> = {}) {
  const { host: _, ...own } = headersFor(headers);
  return readEvents(`${gateway.url}${path}`, { headers: own });
}

describe('a 2025 session', () => {
  it('is known by an id that says nothing to its reader and fits into a header, and no two are alike', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => openSession(gateway.app)));
    expect(new Set(ids).size).toBe(20);
    for (const id of ids) {
      expect(id).toMatch(/^[\w-]{80,1000}$/u);
      expect(Buffer.from(id, 'base64url').toString('latin1')).not.toMatch(/raw|2025|capabilities/u);
    }
  });

  it('belongs to its subject, whatever token that subject brings', async () => {
    const session = await openSession(gateway.app, 'trader');
    const statusFor = async (token: string) =>
      (await inject(gateway.app, legacyRequest('ping', {}, { headers: withSession(session, token) }))).statusCode;
    expect(await statusFor('trader')).toBe(200);
    expect(await statusFor('reader')).toBe(200);
    expect(await statusFor('other')).toBe(404);
  });

  it('looks to a stranger exactly as if it were not there', async () => {
    const session = await openSession(gateway.app, 'trader');
    const ask = async (id: string) => {
      const reply = await inject(gateway.app, legacyRequest('ping', {}, { headers: withSession(id, 'other') }));
      return { status: reply.statusCode, body: reply.json() };
    };
    expect(await ask(session)).toEqual(await ask('no-such-session'));
  });

  it('is not authentication: every request brings its token', async () => {
    const session = await openSession(gateway.app);
    const { headers, body } = legacyRequest('ping', {}, { headers: withSession(session) });
    const { authorization: _, ...without } = headers;
    expect((await inject(gateway.app, { headers: without, body })).statusCode).toBe(401);
  });

  it('is not ended, and not read, by a stranger', async () => {
    const session = await openSession(gateway.app, 'trader');
    const headers = headersFor(withSession(session, 'other'));
    expect((await gateway.app.inject({ method: 'DELETE', url: '/mcp', headers })).statusCode).toBe(404);
    expect((await gateway.app.inject({ method: 'GET', url: '/mcp', headers })).statusCode).toBe(404);
    expect((await inject(gateway.app, legacyRequest('ping', {}, { headers: withSession(session) }))).statusCode).toBe(
      200,
    );
  });

  it('gets its person asked by nobody else: a stranger cannot answer its questions', async () => {
    const session = await openSession(gateway.app, 'trader', { elicitation: {} });
    const answer = { jsonrpc: '2.0', id: 'anything', result: { action: 'accept', content: { sure: true } } };
    const reply = await inject(gateway.app, { headers: headersFor(withSession(session, 'other')), body: answer });
    expect(reply.statusCode).toBe(404);
  });

  it('lives for thirty days after its last use', async () => {
    const session = await openSession(gateway.app);
    const ping = async () =>
      (await inject(gateway.app, legacyRequest('ping', {}, { headers: withSession(session) }))).statusCode;
    clock.set(clock.now() + 29 * DAY_MS);
    expect(await ping()).toBe(200);
    clock.set(clock.now() + 29 * DAY_MS);
    expect(await ping()).toBe(200);
    clock.set(clock.now() + 31 * DAY_MS);
    expect(await ping()).toBe(404);
  });

  it('is opened a thousand times in a row and then two hundred times a second, by each subject', async () => {
    const openMany = async (token: string, count: number): Promise<number[]> => {
      const { headers, body } = initialize();
      const replies = await Promise.all(
        Array.from({ length: count }, async () =>
          inject(gateway.app, { headers: { ...headers, authorization: `Bearer ${token}` }, body }),
        ),
      );
      return replies.map(({ statusCode }) => statusCode);
    };
    const statuses = await openMany('trader', 1010);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    expect(await openMany('other', 1)).toEqual([200]);
    const call = legacyRequest('tools/call', { name: 'whoami', arguments: {} });
    expect((await inject(gateway.app, call)).statusCode).toBe(200);
    await clock.advance(1000);
    expect(new Set(await openMany('trader', 200))).toEqual(new Set([200]));
    const stream = await gateway.app.inject({ method: 'GET', url: '/sse', headers: headersFor() });
    expect(stream.statusCode).toBe(429);
    expect(stream.headers['retry-after']).toBe('1');
  });

  it('is not opened by an initialize that says too much', async () => {
    const reply = await inject(gateway.app, initialize({ experimental: { padding: { text: 'x'.repeat(20_000) } } }));
    expect(reply.statusCode).toBe(413);
    expect(reply.headers['mcp-session-id']).toBeUndefined();
  });

  it('has a stream, which beats and which the newest one takes over', async () => {
    const headers = { 'mcp-session-id': await openSession(gateway.app) };
    const first = await open('/mcp', headers);
    expect(first.response.headers.get('x-accel-buffering')).toBe('no');
    expect(first.response.headers.get('cache-control')).toBe('no-cache, no-transform');
    await clock.advance(KEEP_ALIVE_MS);
    const second = await open('/mcp', headers);
    expect(await first.next()).toBeUndefined();
    expect(first.comments).toEqual(['open', 'keepalive']);
    second.hangUp();
  });

  it('has a stream that ends with the token it was opened with', async () => {
    const stream = await open('/mcp', { 'mcp-session-id': await openSession(gateway.app) });
    await clock.advance(3_600_000);
    expect(await stream.next()).toBeUndefined();
  });

  it('has no stream without its id, which clients take for "go on without"', async () => {
    const reply = await gateway.app.inject({ method: 'GET', url: '/mcp', headers: headersFor() });
    expect(reply.statusCode).toBe(405);
  });

  it('sends nothing below the level that the client set', async () => {
    const headers = withSession(await openSession(gateway.app));
    const call = async () =>
      inject(gateway.app, legacyRequest('tools/call', { name: 'test_logging_tool', arguments: {} }, { headers }));
    expect((await call()).body).toContain('notifications/message');
    const setLevel = legacyRequest('logging/setLevel', { level: 'error' }, { headers });
    expect((await inject(gateway.app, setLevel)).json()).toMatchObject({ result: {} });
    expect((await call()).body).not.toContain('notifications/message');
  });
});

describe('the SSE leg', () => {
  const openSse = async (token = 'trader') => {
    const stream = await open('/sse', { authorization: `Bearer ${token}` });
    const endpoint = await stream.next();
    return { stream, endpoint, path: endpoint?.data ?? '' };
  };

  it('begins with the address for messages, under an id nobody can guess', async () => {
    const { stream, endpoint } = await openSse();
    expect(stream.response.headers.get('content-type')).toBe('text/event-stream');
    expect(stream.response.headers.get('x-accel-buffering')).toBe('no');
    expect(endpoint?.name).toBe('endpoint');
    expect(endpoint?.data).toMatch(/^\/messages\?sessionId=[\w-]{50,128}$/u);
    stream.hangUp();
  });

  it('beats every 15 seconds', async () => {
    const { stream, path } = await openSse();
    await clock.advance(KEEP_ALIVE_MS * 2);
    await inject(gateway.app, initialize(), path);
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({
      id: 1,
      result: { protocolVersion: '2025-11-25' },
    });
    expect(stream.comments).toEqual(['open', 'keepalive', 'keepalive']);
    stream.hangUp();
  });

  it('answers 202 to a message, and the message on the stream', async () => {
    const { stream, path } = await openSse();
    const reply = await inject(gateway.app, initialize(), path);
    expect(reply.statusCode).toBe(202);
    expect(reply.body).toBe('');
    await stream.next();
    const call = legacyRequest('tools/call', { name: 'whoami', arguments: {} }, { id: 'x' });
    expect((await inject(gateway.app, call, path)).statusCode).toBe(202);
    expect(JSON.parse((await stream.next())?.data ?? '{}')).toMatchObject({
      id: 'x',
      result: { structuredContent: { tenant: 'ada' } },
    });
    stream.hangUp();
  });

  it('takes messages from its subject alone', async () => {
    const { stream, path } = await openSse('trader');
    const other = legacyRequest('ping', {}, { headers: { authorization: 'Bearer other' } });
    expect((await inject(gateway.app, other, path)).statusCode).toBe(404);
    expect((await inject(gateway.app, legacyRequest('ping'), '/messages?sessionId=guess')).statusCode).toBe(404);
    expect((await inject(gateway.app, legacyRequest('ping'), '/messages')).statusCode).toBe(400);
    stream.hangUp();
  });

  it('does not take a session of the other leg', async () => {
    const session = await openSession(gateway.app);
    expect((await inject(gateway.app, legacyRequest('ping'), `/messages?sessionId=${session}`)).statusCode).toBe(404);
    const { stream, path } = await openSse();
    const headers = { 'mcp-session-id': path.split('=')[1] };
    expect((await inject(gateway.app, legacyRequest('ping', {}, { headers }))).statusCode).toBe(404);
    stream.hangUp();
  });

  it('ends with its stream', async () => {
    const { stream, path } = await openSse();
    stream.hangUp();
    await vi.waitFor(async () => expect((await inject(gateway.app, legacyRequest('ping'), path)).statusCode).toBe(404));
  });

  it('refuses a caller without a tenant at the message', async () => {
    const { stream, path } = await openSse('nobody');
    const message = { ...initialize(), headers: headersFor({ authorization: 'Bearer nobody' }) };
    expect((await inject(gateway.app, message, path)).statusCode).toBe(403);
    stream.hangUp();
  });

  it('allows sixteen streams to a subject, and gives a place back when one ends', async () => {
    const streams = await Promise.all(Array.from({ length: 16 }, async () => openSse('trader')));
    const { host: _, ...headers } = headersFor();
    const refused = await fetch(`${gateway.url}/sse`, { headers });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('30');
    const other = await openSse('other');
    other.stream.hangUp();
    streams[0]?.stream.hangUp();
    await vi.waitFor(async () => {
      const again = await openSse('trader');
      expect(again.stream.response.status).toBe(200);
      again.stream.hangUp();
    });
    for (const { stream } of streams) stream.hangUp();
  });
});
