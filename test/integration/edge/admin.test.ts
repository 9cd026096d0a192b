import type { FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAdminDesk } from '../../../src/compose/admin-desk.ts';
import type { ReferenceKey } from '../../../src/cache/reference-key.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { IntentRow } from '../../../src/storage/stores/ledger-store.ts';
import { DEFAULT_PLANS } from '../../../src/tenancy/plan/plan.ts';
import { callerOf } from '../../support/edge/stub-tenant.ts';
import { buildTestApp, CALLERS } from '../../support/edge/test-gateway.ts';
import { testTools } from '../../support/edge/test-tools.ts';
import { intentRow } from '../../support/intent-rows.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { openTestTenants } from '../../support/tenants.ts';

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
type Problem = {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly advice: string;
  readonly details?: { readonly problems: readonly { readonly field: string }[] };
};

const BY = 'https://issuer.test operator';
// The subject `nobody` acts for no tenant: an operator need not.
const callers = {
  ...CALLERS,
  operator: callerOf('operator', 'admin'),
  unbound: callerOf('nobody', 'admin'),
  all: callerOf('ada', 'read', 'trade', 'admin'),
};

async function setUp() {
  const clock = createManualClock();
  const tenants = await openTestTenants({ clock });
  const { registry, storage } = tenants;
  const demo = await registry.add({ name: 'demo', environment: 'paper' });
  const dropped: ReferenceKey[] = [];
  const reach = { isHere: true };
  const chains = {
    async drop(key: ReferenceKey) {
      dropped.push(key);
      if (!reach.isHere) throw new GatewayError('coordination_unavailable', 'Away.');
    },
  };
  const admin = createAdminDesk({ registry, storage, chains, clock, ids: systemIds, log: silentLog });
  const app: FastifyInstance = await buildTestApp({ packs: [testTools().pack], callers, admin });
  onTestFinished(async () => app.close());
  const ask = async (method: Method, url: string, body?: unknown, token = 'operator') => {
    const reply = await app.inject({
      method,
      url,
      headers: {
        host: '127.0.0.1',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      json: reply.json<Record<string, unknown>>(),
    };
  };
  const chain = async (id: string) =>
    (await storage.audit.read(id, 0, 100)).map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const stops = () => storage.ledger.of(demo.id).transact((tx) => tx.stops());
  return { ...tenants, clock, demo, app, ask, chain, stops, dropped, reach };
}

const ROUTES: [Method, string, unknown?][] = [
  ['GET', '/admin/switches'],
  ['PUT', '/admin/switches/global', { on: true, reason: 'x', cancel_all: true }],
  ['PUT', '/admin/switches/tenants/demo', { on: true, reason: 'x' }],
  ['GET', '/admin/cancel-requests/x'],
  ['GET', '/admin/tenants/demo/plan'],
  ['PATCH', '/admin/tenants/demo/plan', { read_only: true }],
  ['GET', '/admin/tenants/demo/orders?open=true'],
  ['DELETE', '/admin/chains/SPY'],
];

describe('who may come to /admin', () => {
  it.each(ROUTES)('asks for a token at %s %s', async (method, url, body) => {
    const { ask, stops, registry, dropped } = await setUp();
    for (const token of ['', 'stale']) {
      const { status, headers, json } = await ask(method, url, body, token);
      expect(status).toBe(401);
      expect(headers['www-authenticate']).toContain('resource_metadata="http://127.0.0.1:8000/');
      expect(headers['content-type']).toContain('application/problem+json');
      expect(json).toMatchObject({ code: 'unauthenticated' });
    }
    expect(await stops()).toEqual([]);
    expect((await registry.plan('demo')).own).toEqual({});
    expect(dropped).toEqual([]);
  });

  it.each(ROUTES)(
    'refuses a token without the scope admin at %s %s, and says what is needed',
    async (method, url, body) => {
      const { ask, stops, registry } = await setUp();
      for (const [token, scope] of [
        ['reader', 'read admin'],
        ['trader', 'read trade admin'],
      ] as const) {
        const { status, headers, json } = await ask(method, url, body, token);
        expect(status).toBe(403);
        expect(headers['www-authenticate']).toContain('error="insufficient_scope"');
        expect(headers['www-authenticate']).toContain(`scope="${scope}"`);
        expect(json).toMatchObject({ code: 'insufficient_scope' });
      }
      expect(await stops()).toEqual([]);
      expect((await registry.plan('demo')).own).toEqual({});
    },
  );

  it('lets an operator in who acts for no tenant, and one who also trades', async () => {
    const { ask } = await setUp();
    for (const token of ['operator', 'unbound', 'all']) {
      expect((await ask('GET', '/admin/switches', undefined, token)).status).toBe(200);
    }
  });

  it('judges the token before the body', async () => {
    const { ask } = await setUp();
    expect((await ask('PUT', '/admin/switches/global', '{', '')).status).toBe(401);
    expect((await ask('PUT', '/admin/switches/global', '{', 'reader')).status).toBe(403);
    expect((await ask('PUT', '/admin/switches/global', '{')).json).toMatchObject({
      status: 400,
      code: 'invalid_input',
    });
  });

  it('is not there for foreign pages and hosts, nor without a desk', async () => {
    const { app } = await setUp();
    const authorization = 'Bearer operator';
    const from = (headers: Record<string, string>) => app.inject({ url: '/admin/switches', headers });
    expect((await from({ authorization, host: 'evil.example' })).statusCode).toBe(403);
    expect((await from({ authorization, host: '127.0.0.1', origin: 'https://evil.example' })).statusCode).toBe(403);
    const bare = await buildTestApp({ packs: [testTools().pack], callers });
    onTestFinished(async () => bare.close());
    const reply = await bare.inject({ url: '/admin/switches', headers: { authorization, host: '127.0.0.1' } });
    expect(reply.statusCode).toBe(404);
  });
});

describe('switches over HTTP', () => {
  it('stops everybody and lets them go on, kept and recorded with who and why', async () => {
    const { ask, stops, chain, clock } = await setUp();
    expect((await ask('GET', '/admin/switches')).json).toEqual({ switches: [] });
    const at = new Date(clock.now()).toISOString();
    const stopped = { scope: 'global', on: true, reason: 'a drill', by: BY, at };
    const on = await ask('PUT', '/admin/switches/global', { on: true, reason: ' a drill\n' });
    expect(on).toMatchObject({ status: 200, json: stopped });
    expect(on.headers['cache-control']).toBe('no-store');
    expect(Object.keys(on.json)).not.toContain('cancel_request_id');
    expect(await stops()).toEqual([{ scope: 'global', isOn: 1, reason: 'a drill', by: BY, at: clock.now() }]);
    expect((await ask('GET', '/admin/switches')).json).toEqual({ switches: [stopped] });
    await ask('PUT', '/admin/switches/global', { on: false, reason: 'over' });
    expect(await stops()).toEqual([]);
    expect(await chain('gateway')).toMatchObject([
      { kind: 'switch', scope: 'global', reason: 'a drill', by: BY },
      { kind: 'switch', scope: 'global', reason: 'over', by: BY },
    ]);
  });

  it('stops one tenant, and shows the global switch first', async () => {
    const { ask, stops, chain, demo, registry } = await setUp();
    await ask('PUT', '/admin/switches/tenants/demo', { on: true, reason: 'a loop' });
    await ask('PUT', '/admin/switches/global', { on: false, reason: 'all well' });
    expect(await stops()).toMatchObject([{ scope: demo.id, isOn: 1, by: BY }]);
    expect(await chain(demo.id)).toMatchObject([{ kind: 'switch', scope: demo.id, reason: 'a loop', by: BY }]);
    const listed = (await ask('GET', '/admin/switches')).json;
    expect(listed).toMatchObject({
      switches: [
        { scope: 'global', on: false },
        { scope: 'tenant', tenant: 'demo', tenant_id: demo.id, on: true },
      ],
    });
    await registry.remove('demo');
    const { switches } = (await ask('GET', '/admin/switches')).json as { switches: object[] };
    expect(Object.keys(switches[1] ?? {})).not.toContain('tenant');
  });

  it('queues the cancelling of all orders, and tells how far it is', async () => {
    const { ask, storage, clock, demo } = await setUp();
    const { json } = await ask('PUT', '/admin/switches/tenants/demo', {
      on: true,
      reason: 'all out',
      cancel_all: true,
    });
    const url = `/admin/cancel-requests/${String(json['cancel_request_id'])}`;
    const queued = { id: json['cancel_request_id'], scope: 'tenant', tenant: 'demo', reason: 'all out', by: BY };
    expect((await ask('GET', url)).json).toMatchObject({ ...queued, progress: 'queued' });
    const claimed = await storage.switches.claim(clock.now(), 1000);
    expect(claimed).toMatchObject({ id: json['cancel_request_id'], tenantId: demo.id, account: null, symbol: null });
    expect((await ask('GET', url)).json).toMatchObject({ ...queued, progress: 'under_way' });
    await clock.advance(1000);
    expect((await ask('GET', url)).json).toMatchObject({ ...queued, progress: 'queued' });
    const result = ['demo: cancelled 2 of 2', 'other: cancelled 0 of 1'];
    await storage.switches.finish(claimed?.id ?? '', result.join('\n'), clock.now());
    const done = (await ask('GET', url)).json;
    expect(done).toMatchObject({ ...queued, progress: 'done', result });
    expect(done['done_at']).toBe(new Date(clock.now()).toISOString());
  });

  it.each<[unknown, string[]]>([
    [undefined, ['on', 'reason']],
    [[], ['The body']],
    ['"x"', ['The body']],
    [{ on: true }, ['reason']],
    [{ reason: 'x' }, ['on']],
    [{ on: 'true', reason: 'x' }, ['on']],
    [{ on: 1, reason: 'x' }, ['on']],
    [{ on: true, reason: '' }, ['reason']],
    [{ on: true, reason: ' \n' }, ['reason']],
    [{ on: true, reason: 'x'.repeat(201) }, ['reason']],
    [{ on: true, reason: 5 }, ['reason']],
    [{ on: true, reason: 'x', cancel_all: 'yes' }, ['cancel_all']],
    [{ on: false, reason: 'x', cancel_all: true }, ['cancel_all']],
    [{ on: true, reason: 'x', tenant: 'demo' }, ['tenant']],
    [{ on: true, reason: 'x', cancelAll: true }, ['cancelAll']],
  ])('refuses the body %j, names the fields, and stops nobody', async (body, fields) => {
    const { ask, storage } = await setUp();
    for (const url of ['/admin/switches/global', '/admin/switches/tenants/demo']) {
      const { status, json } = await ask('PUT', url, body);
      const problem = json as Problem;
      expect(status).toBe(400);
      expect(problem.code).toBe('invalid_input');
      expect(problem.details?.problems.map(({ field }) => field)).toEqual(fields);
    }
    expect(await storage.switches.list()).toEqual([]);
  });

  it('knows no switch of an unknown tenant, and no unknown request', async () => {
    const { ask, storage } = await setUp();
    const body = { on: true, reason: 'x', cancel_all: true };
    for (const name of ['nobody', 'DEMO', '..%2Fglobal', '%00']) {
      expect((await ask('PUT', `/admin/switches/tenants/${name}`, body)).status).toBe(404);
    }
    expect((await ask('GET', '/admin/cancel-requests/none')).json).toMatchObject({ status: 404, code: 'not_found' });
    expect(await storage.switches.list()).toEqual([]);
    expect((await ask('GET', '/admin/switches?tenant=demo')).status).toBe(400);
  });
});

describe('plans over HTTP', () => {
  it('shows all rules, and which of them are its own', async () => {
    const { ask } = await setUp();
    const { status, json } = await ask('GET', '/admin/tenants/demo/plan');
    expect(status).toBe(200);
    expect(json).toMatchObject({
      tenant: 'demo',
      environment: 'paper',
      own: {},
      rules: { max_notional: '500000', symbols: { deny: [] }, confirm: 'never', read_only: false },
    });
    expect(Object.keys(json['rules'] as object)).toHaveLength(Object.keys(DEFAULT_PLANS.paper).length);
  });

  it('changes some, takes others back, and records who did it', async () => {
    const { ask, registry, chain, demo } = await setUp();
    const first = { max_notional: '5000', symbols: { allow: ['SPY'], deny: ['TSLA'] }, confirm: { above: 1000 } };
    expect((await ask('PATCH', '/admin/tenants/demo/plan', first)).status).toBe(200);
    const { json } = await ask('PATCH', '/admin/tenants/demo/plan', { symbols: { allow: null }, confirm: null });
    expect(json).toMatchObject({ rules: { max_notional: '5000', confirm: 'never' } });
    expect(json['own']).toEqual({ max_notional: '5000', symbols: { deny: ['TSLA'] } });
    expect((await registry.plan('demo')).own).toEqual({ maxNotional: '5000', symbols: { deny: ['TSLA'] } });
    expect(await chain(demo.id)).toMatchObject([
      { kind: 'plan', by: BY },
      { kind: 'plan', by: BY, rules: '{"symbols.allow":["SPY","all"],"confirm":["above:1000","never"]}' },
    ]);
  });

  it.each<[unknown, string[]]>([
    [undefined, ['body']],
    [[], ['body']],
    [{ max_notional: '-1' }, ['max_notional']],
    [{ max_notional: '5000', no_rule: 1 }, ['no_rule']],
    [{ read_only: 'yes', orders_per_day: 1.5 }, ['read_only', 'orders_per_day']],
    [{ symbols: { deny: ['TS LA'] } }, ['symbols.deny']],
  ])('refuses %j, names the fields, lists the rules, and changes nothing', async (body, fields) => {
    const { ask, registry, chain, demo } = await setUp();
    const { status, json } = await ask('PATCH', '/admin/tenants/demo/plan', body);
    const problem = json as Problem;
    expect(status).toBe(400);
    expect(problem.details?.problems.map(({ field }) => field)).toEqual(fields);
    expect(problem.advice).toContain('max_notional');
    expect(problem.detail).not.toContain('no_rule');
    expect((await registry.plan('demo')).own).toEqual({});
    expect(await chain(demo.id)).toEqual([]);
  });

  it('writes nothing for an empty change, and knows no unknown tenant', async () => {
    const { ask, chain, demo } = await setUp();
    expect((await ask('PATCH', '/admin/tenants/demo/plan', {})).json).toMatchObject({ tenant: 'demo', own: {} });
    expect(await chain(demo.id)).toEqual([]);
    expect((await ask('GET', '/admin/tenants/nobody/plan')).status).toBe(404);
    expect((await ask('PATCH', '/admin/tenants/nobody/plan', { read_only: true })).status).toBe(404);
  });

  it('tells an operator of rules that are not understood', async () => {
    const { ask, storage } = await setUp();
    await storage.database.run((db) => db.updateTable('tenants').set({ plan: '{"new":1}' }).execute());
    const { status, json } = await ask('GET', '/admin/tenants/demo/plan');
    expect(status).toBe(500);
    expect(json).toMatchObject({ code: 'internal', advice: expect.stringContaining('plan reset demo') as unknown });
  });
});

const TIMES = { createdAt: 1000, updatedAt: 2000 };

describe('orders over HTTP', () => {
  it("shows a tenant's own, newest first, and those to be seen to", async () => {
    const { ask, storage, demo, registry } = await setUp();
    const other = await registry.add({ name: 'other', environment: 'paper' });
    const write = (row: IntentRow) => storage.ledger.of(row.tenantId).transact((tx) => tx.insert(row));
    await write(
      intentRow(demo.id, 'first', { ...TIMES, state: 'accepted', orderId: '77', clientOrderId: 'mine', sentAt: 1500 }),
    );
    await write(
      intentRow(demo.id, 'lost', { ...TIMES, createdAt: 3000, state: 'unknown', lookAt: 9000, flaggedAt: 5000 }),
    );
    await write(intentRow(other.id, 'foreign'));
    const { json } = await ask('GET', '/admin/tenants/demo/orders');
    expect(json).toEqual({
      orders: [
        {
          id: 'lost',
          action: 'place',
          state: 'unknown',
          account_number: '5WT00001',
          created_at: '1970-01-01T00:00:03.000Z',
          updated_at: '1970-01-01T00:00:02.000Z',
          flagged: true,
          flagged_at: '1970-01-01T00:00:05.000Z',
        },
        {
          id: 'first',
          action: 'place',
          state: 'accepted',
          account_number: '5WT00001',
          client_order_id: 'mine',
          order_id: '77',
          created_at: '1970-01-01T00:00:01.000Z',
          updated_at: '1970-01-01T00:00:02.000Z',
          sent_at: '1970-01-01T00:00:01.500Z',
          flagged: false,
        },
      ],
    });
    const idsOf = async (query: string) =>
      ((await ask('GET', `/admin/tenants/demo/orders${query}`)).json as { orders: { id: string }[] }).orders.map(
        ({ id }) => id,
      );
    expect(await idsOf('?open=true')).toEqual(['lost']);
    expect(await idsOf('?open=false&limit=1')).toEqual(['lost']);
    expect((await ask('GET', '/admin/tenants/nobody/orders')).status).toBe(404);
  });

  it.each([
    ['open=yes', 'open'],
    ['open=true&open=true', 'open'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['account=5WT00001', 'account'],
  ])('refuses ?%s', async (query, field) => {
    const { ask } = await setUp();
    const { status, json } = await ask('GET', `/admin/tenants/demo/orders?${query}`);
    expect(status).toBe(400);
    expect((json as Problem).details?.problems.map((problem) => problem.field)).toEqual([field]);
  });
});

describe('chains over HTTP', () => {
  it.each([
    ['spy', ['SPY']],
    ['BRK%2FB', ['BRK/B']],
    ['SPXW', ['SPXW', 'SPX']],
    ['%2FES', ['/ES']],
    ['%2FESZ6', ['/ES']],
    ['SPY%20%20%20261218C00600000', ['SPY']],
  ])('are dropped of %s: %j', async (path, symbols) => {
    const { ask, dropped } = await setUp();
    const { status, headers, json } = await ask('DELETE', `/admin/chains/${path}?environment=paper`);
    expect([status, json]).toEqual([200, { chains: symbols, environments: ['paper'] }]);
    expect(headers['cache-control']).toBe('no-store');
    const kind = symbols[0]?.startsWith('/') === true ? 'chain:future' : 'chain:equity';
    expect(dropped).toEqual(symbols.map((symbol) => ({ kind, symbol, environment: 'paper' })));
  });

  it('are dropped in every environment unless one is named', async () => {
    const { ask, dropped } = await setUp();
    const { json } = await ask('DELETE', '/admin/chains/SPY');
    expect(json).toEqual({ chains: ['SPY'], environments: ['live', 'sandbox', 'paper'] });
    expect(dropped.map(({ environment }) => environment)).toEqual(['live', 'sandbox', 'paper']);
  });

  it.each([
    'BTC%2FUSD',
    'not%20a%20symbol',
    '%2E%2E%2Fadmin',
    'SPY?environment=demo',
    'SPY?environment=paper&symbol=X',
  ])('are not, of %s', async (path) => {
    const { ask, dropped } = await setUp();
    expect((await ask('DELETE', `/admin/chains/${path}`)).json).toMatchObject({ status: 400, code: 'invalid_input' });
    expect(dropped).toEqual([]);
  });

  it('say when only this replica dropped them', async () => {
    const { ask, reach } = await setUp();
    reach.isHere = false;
    const { status, json } = await ask('DELETE', '/admin/chains/SPY');
    expect(status).toBe(503);
    expect(json).toMatchObject({
      code: 'coordination_unavailable',
      advice: expect.stringContaining('/readyz') as unknown,
    });
  });
});
