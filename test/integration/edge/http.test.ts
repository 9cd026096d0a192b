import { afterEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { Log, LogFields } from '../../../src/core/log.ts';
import { headersFor, initialize, inject, legacyRequest, modernRequest } from '../../support/edge/raw.ts';
import { buildTestApp } from '../../support/edge/test-gateway.ts';
import type { TestGatewayOptions } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';

const METADATA = 'resource_metadata="http://127.0.0.1:8000/.well-known/oauth-protected-resource/mcp"';

let app: FastifyInstance | undefined;
afterEach(async () => app?.close());

async function build(options: Partial<TestGatewayOptions> = {}): Promise<FastifyInstance> {
  app = await buildTestApp({ packs: [testTools().pack], ...options });
  return app;
}

const withToken = (token: string | undefined) => headersFor({ authorization: token });

describe('identity at the door', () => {
  it.each([
    ['POST', '/mcp'],
    ['GET', '/mcp'],
    ['DELETE', '/mcp'],
    ['GET', '/sse'],
    ['POST', '/messages?sessionId=x'],
  ] as const)('asks for a token at %s %s, and says where to get one', async (method, url) => {
    const headers = withToken(undefined);
    const reply = await (
      await build()
    ).inject({ method, url, headers, ...(method === 'POST' ? { payload: '{}' } : {}) });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe(`Bearer scope="read trade", ${METADATA}`);
    expect(reply.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { data: { code: 'unauthenticated' } } });
  });

  it('says that a token is bad when there is one', async () => {
    const reply = await inject(await build(), { ...initialize(), headers: withToken('Bearer stale') });
    expect(reply.statusCode).toBe(401);
    expect(reply.headers['www-authenticate']).toBe(
      `Bearer error="invalid_token", error_description="The token is not good.", scope="read trade", ${METADATA}`,
    );
  });

  it('takes no token from the query', async () => {
    const reply = await inject(
      await build(),
      { ...initialize(), headers: withToken(undefined) },
      '/mcp?access_token=trader',
    );
    expect(reply.statusCode).toBe(401);
  });

  it('refuses before it reads: a large body without a token is 401, not 413', async () => {
    const body = `{"padding":"${'x'.repeat(2_000_000)}"}`;
    expect((await inject(await build(), { headers: withToken(undefined), body })).statusCode).toBe(401);
  });

  it.each([
    ['modern', modernRequest('tools/call', { name: 'sell', arguments: { quantity: 1 } })],
    ['legacy', legacyRequest('tools/call', { name: 'sell', arguments: { quantity: 1 } })],
  ])('challenges a %s call out of scope with the scopes it needs and those it has', async (_, { headers, body }) => {
    const reply = await inject(await build(), { headers: { ...headers, authorization: 'Bearer reader' }, body });
    expect(reply.statusCode).toBe(403);
    const challenge = String(reply.headers['www-authenticate']);
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain('scope="read trade"');
    expect(challenge).toContain(METADATA);
    expect(reply.json()).toMatchObject({ id: 1, error: { data: { code: 'insufficient_scope' } } });
  });

  it('tells a caller without a tenant so, at the first request', async () => {
    const reply = await inject(await build(), { ...initialize(), headers: withToken('Bearer nobody') });
    expect(reply.statusCode).toBe(403);
    expect(reply.headers['www-authenticate']).toBeUndefined();
    expect(reply.json()).toMatchObject({ error: { data: { code: 'tenant_unknown' } } });
  });
});

describe('what anybody may read', () => {
  it.each(['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'])(
    'tells at %s where tokens come from',
    async (url) => {
      const reply = await (await build()).inject({ url, headers: { host: '127.0.0.1' } });
      expect(reply.json()).toEqual({
        resource: 'http://127.0.0.1:8000/mcp',
        resource_name: 'tasty-gateway',
        authorization_servers: ['https://issuer.test'],
        scopes_supported: ['read', 'trade'],
        bearer_methods_supported: ['header'],
      });
    },
  );

  it('is alive while it is not ready', async () => {
    const gateway = await build({ isReady: () => false });
    expect((await gateway.inject('/livez')).statusCode).toBe(200);
    const ready = await gateway.inject('/readyz');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unavailable', checks: { storage: 'failed' } });
  });

  it('shows its metrics, or wants their token where there is one', async () => {
    expect((await (await build()).inject('/metrics')).body).toBe('up 1\n');
    await app?.close();
    const gateway = await build({ metricsToken: 'a-token-for-metrics' });
    const statusFor = async (authorization: string) =>
      (await gateway.inject({ url: '/metrics', headers: { authorization } })).statusCode;
    expect(await statusFor('Bearer a-token-for-metrics')).toBe(200);
    expect(await statusFor('Bearer a-token-for-metric')).toBe(403);
    expect(await statusFor('')).toBe(403);
  });

  it('tells problems elsewhere as RFC 9457 does, with the code and the request', async () => {
    const gateway = await build();
    const headers = { host: '127.0.0.1', 'x-request-id': 'trace-1' };
    const missing = await gateway.inject({ url: '/nowhere', headers });
    expect(missing.headers['content-type']).toContain('application/problem+json');
    expect(missing.json()).toMatchObject({ type: 'about:blank', status: 404, code: 'not_found', requestId: 'trace-1' });
    const wrong = await gateway.inject({ method: 'PUT', url: '/livez', headers });
    expect(wrong.statusCode).toBe(405);
    expect(wrong.headers.allow).toBe('GET, HEAD');
    expect(wrong.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});

describe('the log', () => {
  const recording = () => {
    const lines: LogFields[] = [];
    const logWith = (bound: LogFields): Log => {
      const keep = (fields: LogFields, message: string): void => void lines.push({ ...bound, ...fields, message });
      return { debug: keep, info: keep, warn: keep, error: keep, with: (more) => logWith({ ...bound, ...more }) };
    };
    return { lines, log: logWith({}) };
  };

  it('has one line for every request, with who, what and how long', async () => {
    const { lines, log } = recording();
    const { headers, body } = modernRequest('tools/call', { name: 'whoami', arguments: {} });
    await inject(await build({ log }), { headers: { ...headers, 'x-request-id': 'trace-2' }, body });
    expect(lines).toMatchObject([
      {
        message: 'Request answered',
        requestId: 'trace-2',
        method: 'POST',
        route: '/mcp',
        status: 200,
        subject: 'ada',
        mcpMethod: 'tools/call',
        mcpName: 'whoami',
        mcpVersion: '2026-07-28',
      },
    ]);
  });

  it('gives every request an id of its own, and takes one only if it is harmless', async () => {
    const gateway = await build();
    const idFor = async (given: string) =>
      (await gateway.inject({ url: '/livez', headers: { 'x-request-id': given } })).headers['x-request-id'];
    expect(await idFor('from-the-proxy.1')).toBe('from-the-proxy.1');
    for (const bad of ['a b', 'x'.repeat(65), 'é', '{"x":1}']) expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/u);
  });

  it('holds neither tokens nor sessions nor what was asked', async () => {
    const { lines, log } = recording();
    const gateway = await build({ log });
    await inject(gateway, legacyRequest('ping'), '/messages?sessionId=a-session-of-somebody');
    await inject(gateway, { ...initialize(), headers: withToken('Bearer a-token-of-somebody') });
    await inject(gateway, modernRequest('tools/call', { name: 'whoami', arguments: { word: 'a-word-of-somebody' } }));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(lines)).not.toContain('of-somebody');
  });

  it('tells a failure of ours without its words, and keeps them for the log', async () => {
    const { lines, log } = recording();
    const gateway = await build({ log });
    gateway.get('/broken', async () => {
      throw new Error('the words of the failure');
    });
    const reply = await gateway.inject({ url: '/broken', headers: { host: '127.0.0.1' } });
    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toContain('the words of the failure');
    expect(lines.find(({ message }) => message === 'Request refused')).toMatchObject({
      code: 'internal',
      error: expect.objectContaining({ message: 'the words of the failure' }),
    });
  });
});
