import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Lane, defineTool } from '../../../src/tools/define-tool.ts';
import type { CallBounds } from '../../../src/transports/http/shedding/call-gate.ts';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { readEvents } from '../../support/edge/event-reader.ts';
import { headersFor, initialize, inject, legacyRequest, modernRequest, openSession } from '../../support/edge/raw.ts';
import { type TestGateway, startTestGateway } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import type { Witness } from '../../support/edge/test-tools.ts';

const PATIENCE = { timeout: 20_000, interval: 10 };

const toolOf = (name: string, lane?: Lane) =>
  defineTool({
    name,
    title: name,
    description: 'Answers at once.',
    scope: 'read',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    ...(lane === undefined ? {} : { lane }),
    input: z.strictObject({}),
    output: z.strictObject({}),
    handle: async () => ({ data: {}, text: `Did ${name}.` }),
  });

let gateway: TestGateway;
let witness: Witness;
let shed: string[];
let logged: string[];

async function start(bounds: Partial<CallBounds>): Promise<void> {
  const tools = testTools();
  witness = tools.witness;
  const note = (_: unknown, message: string): void => void logged.push(message);
  const log = { debug: note, info: note, warn: note, error: note, with: () => log };
  gateway = await startTestGateway({
    packs: [
      tools.pack,
      CONFORMANCE_PACK,
      { tools: [toolOf('read'), toolOf('cancel', 'rescue'), toolOf('place', 'order')] },
    ],
    bounds,
    onShed: (lane, reason) => void shed.push(`${lane} ${reason}`),
    log,
  });
}
beforeEach(() => {
  [shed, logged] = [[], []];
});
afterEach(async () => {
  witness.release();
  await gateway.close();
});

const modern = (name: string, headers = {}) => modernRequest('tools/call', { name, arguments: {} }, { headers });
const legacy = (name: string, headers = {}) => legacyRequest('tools/call', { name, arguments: {} }, { headers });
const statusOf = async (request: Parameters<typeof inject>[1], url?: string): Promise<number> =>
  (await inject(gateway.app, request, url)).statusCode;
const OTHER = { authorization: 'Bearer other' };

/** Calls that wait until they are released, on connections of their own; resolves when all of them have begun. */
async function occupy(count: number, headers = {}): Promise<{ answers: Promise<Response>[]; leave(): void }> {
  const leaving = new AbortController();
  const answers: Promise<Response>[] = [];
  for (let at = 0; at < count; at += 1) {
    const { headers: all, body } = modern('wait', headers);
    const { host: _, ...own } = all;
    const init = { method: 'POST', headers: own, body: JSON.stringify(body), signal: leaving.signal };
    const answer = fetch(`${gateway.url}/mcp`, init);
    answer.catch(() => {});
    answers.push(answer);
    await witness.begun();
  }
  return { answers, leave: () => leaving.abort() };
}

describe('when a tenant has too many calls under way', () => {
  beforeEach(async () => start({ perTenant: 2 }));

  it('refuses one more with 429 and a time, in both eras, and not a line in the log', async () => {
    await occupy(2);
    const before = logged.length;
    for (const request of [modern('read'), legacy('read'), legacyRequest('tools/list'), initialize()]) {
      const reply = await inject(gateway.app, request);
      expect(reply.statusCode).toBe(429);
      expect(reply.headers).toMatchObject({ 'retry-after': '1', 'content-type': 'application/json; charset=utf-8' });
      expect(reply.json()).toMatchObject({
        jsonrpc: '2.0',
        error: { data: { code: 'rate_limited', retry: 'later', retryAfterSeconds: 1 } },
      });
    }
    expect(shed).toEqual(Array.from({ length: 4 }, () => 'ordinary tenant_busy'));
    expect(logged.length).toBe(before);
  });

  it('serves another tenant', async () => {
    await occupy(2);
    expect(await statusOf(modern('read', OTHER))).toBe(200);
  });

  it('serves what rescues, told by its headers or by its body alone', async () => {
    await occupy(2);
    const replies = [await inject(gateway.app, modern('cancel')), await inject(gateway.app, legacy('cancel'))];
    for (const reply of replies) expect(reply.body).toContain('Did cancel.');
  });

  it('believes the body where the headers claim a better lane', async () => {
    await occupy(2);
    const lie = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'cancel' };
    expect(await statusOf(legacy('read', lie))).toBe(429);
    const { headers } = modern('cancel');
    expect(await statusOf({ headers, body: modern('read').body })).toBe(429);
    expect(shed).toEqual(['ordinary tenant_busy', 'ordinary tenant_busy']);
  });

  it('takes the answers and the notifications of clients', async () => {
    const session = { 'mcp-session-id': await openSession(gateway.app) };
    await occupy(2);
    const headers = headersFor(session);
    const answer = { jsonrpc: '2.0', id: 'a question', result: {} };
    expect(await statusOf({ headers, body: answer })).toBe(202);
    expect(await statusOf({ headers, body: { jsonrpc: '2.0', method: 'notifications/initialized' } })).toBe(202);
  });

  it('has room again when a call is answered, and when a client goes', async () => {
    const first = await occupy(1);
    const second = await occupy(1);
    expect(await statusOf(modern('read'))).toBe(429);
    second.leave();
    await expect.poll(() => statusOf(modern('read')), PATIENCE).toBe(200);
    await occupy(1);
    expect(await statusOf(modern('read'))).toBe(429);
    witness.release();
    expect((await first.answers[0])?.status).toBe(200);
    await expect.poll(() => statusOf(modern('read')), PATIENCE).toBe(200);
  });

  it('counts a call of the SSE leg until it is answered, and no stream', async () => {
    const { host: _, ...headers } = headersFor();
    const stream = await readEvents(`${gateway.url}/sse`, { headers });
    const url = (await stream.next())?.data ?? '';
    const notifications = { resourceSubscriptions: ['test://watched-resource'] };
    const listen = modernRequest('subscriptions/listen', { notifications });
    const { host: __, ...own } = listen.headers;
    const listening = await readEvents(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: own,
      body: JSON.stringify(listen.body),
    });
    await listening.next();
    for (let at = 0; at < 2; at += 1) {
      expect(await statusOf(legacy('wait'), url)).toBe(202);
      await witness.begun();
    }
    expect(await statusOf(legacy('read'), url)).toBe(429);
    expect(await statusOf(legacy('cancel'), url)).toBe(202);
    expect((await stream.next())?.data).toContain('Did cancel.');
    witness.release();
    await expect.poll(() => statusOf(legacy('read'), url), PATIENCE).toBe(202);
    stream.hangUp();
    listening.hangUp();
  });
});

describe('when all tenants together have too many', () => {
  // Of three, one is for what rescues.
  beforeEach(async () => start({ inAll: 3, rescueReserve: 1 }));

  it('refuses with 503, orders and new streams too, before it asks who calls', async () => {
    await occupy(2);
    const headers = headersFor({ authorization: 'Bearer nobody-knows' });
    expect(await statusOf(modern('read', OTHER))).toBe(503);
    expect(await statusOf(modern('place', OTHER))).toBe(503);
    expect(await statusOf(modern('read', { authorization: undefined }))).toBe(503);
    expect((await gateway.app.inject({ url: '/sse', headers })).statusCode).toBe(503);
    expect(await statusOf(legacy('read', OTHER)), 'whose lane is in its body').toBe(503);
    expect(await statusOf(legacy('read', { authorization: undefined }))).toBe(401);
    expect(await statusOf(modern('cancel', { authorization: undefined }))).toBe(401);
  });

  it('serves what rescues, and what operators look at', async () => {
    await occupy(2);
    expect((await inject(gateway.app, modern('cancel', OTHER))).body).toContain('Did cancel.');
    expect((await inject(gateway.app, legacy('cancel', OTHER))).body).toContain('Did cancel.');
    for (const url of ['/livez', '/readyz', '/metrics', '/.well-known/oauth-protected-resource']) {
      expect((await gateway.app.inject({ url, headers: { host: '127.0.0.1' } })).statusCode).toBe(200);
    }
  });

  it('lets a page in a browser read the refusal', async () => {
    await occupy(2);
    const reply = await inject(gateway.app, modern('read', { ...OTHER, origin: 'https://app.example' }));
    expect(reply.statusCode).toBe(503);
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-expose-headers': expect.stringContaining('Retry-After') as string,
    });
  });
});

it('holds a tenant to its rate', async () => {
  await start({ perTenantPerSecond: 5 });
  const statuses = await Promise.all(Array.from({ length: 20 }, () => statusOf(modern('read'))));
  expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(13);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5);
  expect(new Set(shed)).toEqual(new Set(['ordinary tenant_rate']));
});

it('answers a burst that it can take, all of it', async () => {
  await start({});
  const replies = await Promise.all(Array.from({ length: 200 }, () => inject(gateway.app, modern('read'))));
  expect(replies.filter(({ body }) => body.includes('Did read.'))).toHaveLength(200);
});
