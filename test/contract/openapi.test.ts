import { execFileSync } from 'node:child_process';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLAN_FIELDS } from '../../src/tenancy/plan/plan-json.ts';
import { type TestGateway, startTestGateway } from '../support/gateway.ts';

type Media = { readonly schema?: Record<string, unknown> };
type Reply = { readonly content?: Readonly<Record<string, Media>> };
type Operation = { readonly responses: Readonly<Record<string, Reply>>; readonly requestBody?: Reply };
type Answered = { readonly properties: { readonly rules: { readonly properties: object } } };
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

const root = new URL('../../', import.meta.url).pathname;
/** Bundled by the linter's own tool, with every reference followed. */
function readDocument(): Document {
  const text = execFileSync('npx', ['redocly', 'bundle', 'openapi.yaml', '--ext', 'json', '--dereferenced'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  return JSON.parse(text.slice(text.indexOf('{'))) as Document;
}

let gateway: TestGateway;
let document: Document;
beforeAll(async () => {
  document = readDocument();
  gateway = await startTestGateway({ METRICS_TOKEN: 'm'.repeat(32) });
});
afterAll(() => gateway.close());

const ajv = new Ajv2020({ strict: false, validateFormats: false });

type Check = RequestInit & { readonly query?: string; readonly names?: Readonly<Record<string, string>> };

async function check(method: string, path: string, init: Check = {}): Promise<number> {
  const { query = '', names = {}, ...rest } = init;
  const real = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => names[name] ?? '');
  const response = await fetch(`${gateway.url}${real}${query}`, { method, ...rest });
  const described = document.paths[path]?.[method.toLowerCase()]?.responses[String(response.status)];
  expect(described, `${method} ${path} answered ${response.status}, which is not described`).toBeDefined();
  const type = (response.headers.get('content-type') ?? '').split(';', 1)[0] ?? '';
  const isStream = type === 'text/event-stream';
  const text = isStream ? '' : await response.text();
  if (isStream) await response.body?.cancel();
  if (text === '') return response.status;
  const media = described?.content?.[type];
  expect(media, `${method} ${path} ${response.status} came as ${type}`).toBeDefined();
  if (type.includes('json') && media?.schema !== undefined) {
    const isValid = ajv.validate(media.schema, JSON.parse(text));
    expect(ajv.errorsText(), `${text} as ${method} ${path} ${response.status}`).toBe('No errors');
    expect(isValid).toBe(true);
  }
  return response.status;
}

describe('openapi.yaml', () => {
  it('describes every route that answers, and none that does not', async () => {
    const methods = ['get', 'post', 'put', 'patch', 'delete'];
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of methods) {
        const response = await fetch(`${gateway.url}${path}`, { method: method.toUpperCase() });
        await response.body?.cancel();
        const isThere = response.status !== 405 && response.status !== 404;
        expect(isThere, `${method} ${path} answers ${response.status}`).toBe(operations[method] !== undefined);
      }
    }
  });

  it('is true of what the routes answer, errors included', async () => {
    const headers = {
      authorization: `Bearer ${gateway.token('demo', ['read'])}`,
      accept: 'application/json, text/event-stream',
    };
    const json = { ...headers, 'content-type': 'application/json' };
    const initialize = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    });
    const order = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'delete_order', arguments: { order_id: '1' } },
    });
    const seen = [
      await check('GET', '/livez'),
      await check('GET', '/readyz'),
      await check('GET', '/metrics'),
      await check('GET', '/metrics', { headers: { authorization: `Bearer ${'m'.repeat(32)}` } }),
      await check('GET', '/.well-known/oauth-protected-resource'),
      await check('GET', '/.well-known/oauth-protected-resource/mcp'),
      await check('GET', '/livez', { headers: { origin: 'https://evil.example' } }),
      await check('POST', '/mcp'),
      await check('POST', '/mcp', { headers: json, body: '{' }),
      await check('POST', '/mcp', { headers: json, body: '[]' }),
      await check('POST', '/mcp', { headers: { ...json, 'content-type': 'text/plain' }, body: 'x' }),
      await check('POST', '/mcp', { headers: json, body: `"${'x'.repeat(1_100_000)}"` }),
      await check('POST', '/mcp', { headers: json, body: initialize }),
      await check('POST', '/mcp', { headers: json, body: order }),
      await check('GET', '/mcp', { headers }),
      await check('DELETE', '/mcp', { headers }),
      await check('GET', '/sse', { headers }),
      await check('GET', '/sse'),
      await check('POST', '/messages', { headers: json, body: initialize, query: '?sessionId=unknown' }),
    ];
    expect(new Set(seen)).toEqual(new Set([200, 400, 401, 403, 404, 405, 413, 415]));
  });

  it('is true of what operators are answered', async () => {
    const headers = { authorization: `Bearer ${gateway.token('demo', ['admin'])}` };
    const json = { ...headers, 'content-type': 'application/json' };
    const reader = { authorization: `Bearer ${gateway.token('demo', ['read'])}` };
    const put = (body: unknown) => ({ headers: json, body: JSON.stringify(body) });
    const demo = { names: { name: 'demo' } };
    const nobody = { names: { name: 'nobody' } };
    const stop = put({ on: true, reason: 'a drill', cancel_all: true });
    const plan = '/admin/tenants/{name}/plan';
    const orders = '/admin/tenants/{name}/orders';
    const chains = '/admin/chains/{symbol}';
    const all = { max_notional: 5000, confirm: { above: '1' }, symbols: { deny: ['GME'] }, session: null };
    const seen = [
      await check('GET', '/admin/switches'),
      await check('GET', '/admin/switches', { headers: reader }),
      await check('GET', '/admin/switches', { headers, query: '?a=1' }),
      await check('PUT', '/admin/switches/global', stop),
      await check('PUT', '/admin/switches/global', { ...stop, headers: { ...json, 'content-type': 'text/plain' } }),
      await check('PUT', '/admin/switches/global', { ...stop, headers }),
      await check('PUT', '/admin/switches/global', put({ on: false, reason: 'x'.repeat(1_100_000) })),
      await check('PUT', '/admin/switches/global', put({ on: false, reason: 'over' })),
      await check('PUT', '/admin/switches/tenants/{name}', { ...demo, ...put({ on: false, reason: 'over' }) }),
      await check('PUT', '/admin/switches/tenants/{name}', { ...nobody, ...stop }),
      await check('GET', '/admin/switches', { headers }),
      await check('GET', '/admin/cancel-requests/{id}', { headers, names: { id: await queued(stop) } }),
      await check('GET', '/admin/cancel-requests/{id}', { headers, names: { id: 'none' } }),
      await check('PUT', '/admin/switches/global', put({ on: false, reason: 'over' })),
      await check('GET', plan, { headers, ...demo }),
      await check('GET', plan, { headers, ...nobody }),
      await check('PATCH', plan, { ...demo, ...put(all) }),
      await check('PATCH', plan, { ...demo, ...put({ no_rule: 1 }) }),
      await check('GET', orders, { headers, ...demo, query: '?open=true&limit=5' }),
      await check('GET', orders, { headers, ...demo, query: '?open=perhaps' }),
      await check('DELETE', chains, { headers, names: { symbol: 'SPXW' } }),
      await check('DELETE', chains, { headers, names: { symbol: '%2FES' }, query: '?environment=paper' }),
      await check('DELETE', chains, { headers, names: { symbol: 'no%20symbol' } }),
      await check('DELETE', chains, { headers: reader, names: { symbol: 'SPY' } }),
    ];
    expect(new Set(seen)).toEqual(new Set([200, 400, 401, 403, 404, 413, 415]));
  });

  it('names every rule of a plan', () => {
    const plan = document.paths['/admin/tenants/{name}/plan'];
    const changes = plan?.['patch']?.requestBody?.content?.['application/json']?.schema;
    const answered = plan?.['get']?.responses['200']?.content?.['application/json']?.schema;
    expect(changes?.['propertyNames']).toEqual({ enum: PLAN_FIELDS });
    expect(Object.keys((answered as Answered).properties.rules.properties)).toEqual(PLAN_FIELDS);
  });
});

/** The id of a new request to cancel orders. */
async function queued(stop: RequestInit): Promise<string> {
  const response = await fetch(`${gateway.url}/admin/switches/global`, { method: 'PUT', ...stop });
  return ((await response.json()) as { cancel_request_id: string }).cancel_request_id;
}
