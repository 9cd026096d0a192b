import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import {
  envelope,
  headersFor,
  initialize,
  inject,
  legacyRequest,
  modernRequest,
  openSession,
} from '../../support/edge/raw.ts';
import { buildTestApp } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const whoami = { name: 'whoami', arguments: {} };

let app: FastifyInstance;
beforeEach(async () => {
  app = await buildTestApp({ packs: [testTools().pack] });
});
afterEach(async () => app.close());

describe('bodies', () => {
  it.each([
    ['what is not JSON', '{', -32_700],
    ['nothing', '', -32_700],
    ['what is not JSON-RPC', '{"hello":1}', -32_600],
    ['a poisoned prototype', '{"jsonrpc":"2.0","id":1,"method":"ping","__proto__":{"x":1}}', -32_700],
    ['a number', '1', -32_600],
  ])('answers JSON-RPC to %s', async (_, body, code) => {
    const reply = await inject(app, { headers: headersFor(), body });
    expect(reply.statusCode).toBe(400);
    expect(reply.headers['content-type']).toContain('application/json');
    expect(reply.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code, data: { code: 'invalid_input' } } });
  });

  it('answers JSON-RPC to a body of more than 1 MiB', async () => {
    const reply = await inject(app, legacyRequest('ping', { padding: 'x'.repeat(1_048_576) }));
    expect(reply.statusCode).toBe(413);
    expect(reply.json()).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'payload_too_large' } } });
  });

  it('answers JSON-RPC to another media type', async () => {
    const reply = await inject(app, { headers: headersFor({ 'content-type': 'text/plain' }), body: 'hello' });
    expect(reply.statusCode).toBe(415);
    expect(reply.json()).toMatchObject({ jsonrpc: '2.0', error: { data: { code: 'unsupported_media_type' } } });
  });

  it('takes application/json with a charset', async () => {
    const { headers, body } = modernRequest('tools/list');
    const reply = await inject(app, {
      headers: { ...headers, 'content-type': 'application/json; charset=utf-8' },
      body,
    });
    expect(reply.statusCode).toBe(200);
  });

  it('ends a session whose DELETE says application/json and sends nothing', async () => {
    const session = await openSession(app);
    const headers = headersFor({ 'mcp-session-id': session });
    expect((await app.inject({ method: 'DELETE', url: '/mcp', headers })).statusCode).toBe(200);
    const after = await inject(app, legacyRequest('ping', {}, { headers: { 'mcp-session-id': session } }));
    expect(after.statusCode).toBe(404);
  });

  it.each([
    ['in the oldest revision that knew them', '2025-03-26'],
    ['in the newest of the old', '2025-11-25'],
    ['in the modern one', '2026-07-28'],
  ])('refuses a batch %s, and runs none of it', async (_, version) => {
    const one = legacyRequest('tools/call', whoami).body;
    const reply = await inject(app, { headers: headersFor({ 'mcp-protocol-version': version }), body: [one, one] });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({
      id: null,
      error: { code: -32_600, message: 'JSON-RPC batches are not served.' },
    });
  });
});

describe('accept', () => {
  it.each(['application/json', 'text/event-stream'])(
    'answers 406 to a legacy POST that takes only %s',
    async (accept) => {
      const reply = await inject(app, legacyRequest('ping', {}, { headers: { accept } }));
      expect(reply.statusCode).toBe(406);
    },
  );

  it('does not ask a modern POST what it takes', async () => {
    const reply = await inject(app, modernRequest('tools/list', {}, { headers: { accept: 'application/json' } }));
    expect(reply.statusCode).toBe(200);
  });

  it('answers 406 to a GET that does not take events', async () => {
    const headers = headersFor({ accept: 'application/json', 'mcp-session-id': await openSession(app) });
    expect((await app.inject({ method: 'GET', url: '/mcp', headers })).statusCode).toBe(406);
  });
});

describe('revisions', () => {
  it.each(['2025-03-26', '2025-06-18', '2025-11-25'])('agrees on %s', async (version) => {
    const reply = await inject(app, initialize({}, version));
    expect(reply.json()).toMatchObject({ result: { protocolVersion: version } });
  });

  it('counters an initialize for the modern revision, which has none, with the newest that does', async () => {
    const reply = await inject(app, initialize({}, '2026-07-28'));
    expect(reply.json()).toMatchObject({ result: { protocolVersion: '2025-11-25' } });
  });

  it('answers 400 to a header that names a revision nobody knows', async () => {
    const headers = { 'mcp-protocol-version': '1999-01-01' };
    const reply = await inject(app, legacyRequest('ping', {}, { headers }));
    expect(reply.statusCode).toBe(400);
  });

  it('tells a modern client with an unknown revision which ones there are', async () => {
    const { headers, body } = modernRequest('tools/list', { _meta: envelope({}, '2027-01-01') });
    const reply = await inject(app, { headers: { ...headers, 'mcp-protocol-version': '2027-01-01' }, body });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ id: 1, error: { code: -32_022, data: { supported: ['2026-07-28'] } } });
  });

  it.each(['GET', 'DELETE'] as const)('answers 405 to a modern %s', async (method) => {
    const headers = headersFor({ 'mcp-protocol-version': '2026-07-28' });
    const reply = await app.inject({ method, url: '/mcp', headers });
    expect(reply.statusCode).toBe(405);
    expect(reply.headers.allow).toBe('POST');
  });

  it.each(['/mcp', '/sse'])('opens no stream for a HEAD of %s', async (url) => {
    const reply = await app.inject({ method: 'HEAD', url, headers: headersFor() });
    expect(reply.statusCode).toBe(405);
  });

  it('answers 404 and -32601 to a modern method that does not exist', async () => {
    const reply = await inject(app, modernRequest('logging/setLevel', { level: 'info' }));
    expect(reply.statusCode).toBe(404);
    expect(reply.json()).toMatchObject({ id: 1, error: { code: -32_601 } });
  });
});

describe('headers that repeat the body', () => {
  it.each([
    ['a method that the body does not', { 'mcp-method': 'tools/list' }],
    ['a tool that the body does not', { 'mcp-name': 'sell' }],
    ['a revision that the body does not', { 'mcp-protocol-version': '2025-11-25' }],
    ['no method', { 'mcp-method': undefined }],
    ['no tool', { 'mcp-name': undefined }],
    ['no revision', { 'mcp-protocol-version': undefined }],
  ])('answers -32020 when they name %s', async (_, headers) => {
    const reply = await inject(app, modernRequest('tools/call', whoami, { headers }));
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ id: 1, error: { code: -32_020 } });
  });

  it('does not believe them when a legacy body names another tool', async () => {
    const headers = { 'mcp-method': 'tools/list', 'mcp-name': 'refuse' };
    const reply = await inject(app, legacyRequest('tools/call', whoami, { headers }));
    expect(reply.json()).toMatchObject({ result: { structuredContent: { tenant: 'ada' } } });
  });
});

describe('browsers', () => {
  const preflight = async (origin: string, headers: string) =>
    app.inject({
      method: 'OPTIONS',
      url: '/mcp',
      headers: {
        host: '127.0.0.1',
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': headers,
      },
    });

  it('lets an allowed page send every header that MCP has', async () => {
    const wanted =
      'authorization,content-type,mcp-protocol-version,mcp-method,mcp-name,mcp-session-id,last-event-id,mcp-param-region';
    const reply = await preflight('https://app.example', wanted);
    expect(reply.statusCode).toBe(204);
    expect(reply.headers['access-control-allow-origin']).toBe('https://app.example');
    expect(reply.headers['access-control-allow-headers']).toBe(wanted);
    expect(reply.headers['access-control-allow-methods']).toBe('GET, POST, DELETE');
  });

  it('lets an allowed page read the session and the challenge', async () => {
    const reply = await inject(app, { ...initialize(), headers: headersFor({ origin: 'https://app.example' }) });
    expect(reply.headers['access-control-expose-headers']).toContain('Mcp-Session-Id');
    expect(reply.headers['access-control-expose-headers']).toContain('WWW-Authenticate');
  });

  it.each(['https://evil.example', 'null', 'https://app.example.evil.example', 'http://app.example'])(
    'refuses a page of %s',
    async (origin) => {
      expect((await preflight(origin, 'authorization')).statusCode).toBe(403);
      const reply = await inject(app, { ...initialize(), headers: headersFor({ origin }) });
      expect(reply.statusCode).toBe(403);
      expect(reply.headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it.each(['evil.example', '127.0.0.1.evil.example', 'evil.example:8000'])('refuses the host %j', async (host) => {
    const reply = await inject(app, { ...initialize(), headers: headersFor({ host }) });
    expect(reply.statusCode).toBe(403);
  });

  it.each(['127.0.0.1', 'LOCALHOST', 'localhost:8000'])('answers to the host %s', async (host) => {
    expect((await inject(app, { ...initialize(), headers: headersFor({ host }) })).statusCode).toBe(200);
  });

  it('lets probes come by address', async () => {
    for (const url of ['/livez', '/readyz', '/metrics']) {
      expect((await app.inject({ url, headers: { host: '10.1.2.3:8000' } })).statusCode).toBe(200);
    }
  });
});

describe('answers', () => {
  it.each([
    ['of a legacy session', legacyRequest('notifications/initialized')],
    ['of a modern client', modernRequest('notifications/cancelled', { requestId: 7 })],
  ])('acknowledges a notification %s with 202 and no body', async (_, { headers, body }) => {
    const { id: _id, ...notification } = body;
    const reply = await inject(app, { headers, body: notification });
    expect(reply.statusCode).toBe(202);
    expect(reply.body).toBe('');
  });

  it('marks every list as private, in an order that does not change', async () => {
    const lists = await Promise.all(
      Array.from({ length: 3 }, async () => (await inject(app, modernRequest('tools/list'))).json()),
    );
    expect(lists[0].result).toMatchObject({ cacheScope: 'private', ttlMs: 300_000 });
    expect(new Set(lists.map((list) => JSON.stringify(list.result))).size).toBe(1);
  });

  it('serves /mcp itself, and redirects from nowhere', async () => {
    const { headers, body } = initialize();
    expect((await inject(app, { headers, body })).statusCode).toBe(200);
    expect((await inject(app, { headers, body }, '/mcp/')).statusCode).toBe(404);
  });

  it('does not take its caller from what the client says of itself', async () => {
    const clientInfo = { name: 'bob', version: '1', subject: 'bob' };
    const _meta = { ...envelope(), 'io.modelcontextprotocol/clientInfo': clientInfo };
    const reply = await inject(app, modernRequest('tools/call', { ...whoami, _meta }));
    expect(reply.json()).toMatchObject({ result: { structuredContent: { tenant: 'ada' } } });
  });

  it('serves a legacy client that lost its session, though it cannot be asked', async () => {
    const reply = await inject(app, legacyRequest('tools/call', whoami));
    expect(reply.json()).toMatchObject({ result: { structuredContent: { tenant: 'ada' } } });
    const asking = await inject(app, legacyRequest('tools/call', { name: 'sell', arguments: { quantity: 1 } }));
    expect(asking.json()).toMatchObject({ result: { isError: true } });
  });
});
