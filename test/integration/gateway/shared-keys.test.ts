import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unpack } from '../../../src/cache/packed.ts';
import { slotOf } from '../../../src/cache/slot-keys.ts';
import { tastytradePack } from '../../../src/tools/tastytrade-pack.ts';
import { eventually } from '../../support/eventually.ts';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';
import { type RedisServer, startRedisServer } from '../../support/processes/redis-server.ts';

let server: RedisServer;
let redis: Redis;
let gateway: TestGateway;
beforeAll(async () => {
  server = await startRedisServer();
  redis = new Redis(server.port, '127.0.0.1');
  gateway = await startTestGateway({ REDIS_URL: server.url });
});
afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await server.stop();
});

type Args = Readonly<Record<string, unknown>>;

/** Something to ask of every tool that only reads. */
const READS: Readonly<Record<string, readonly Args[]>> = {
  get_balances: [{}],
  get_current_time_nyc: [{}],
  get_greeks: [{ options: [{ symbol: 'SPY' }] }],
  get_live_orders: [{}],
  get_market_metrics: [{ symbols: ['SPY'] }],
  get_net_liquidating_value_history: [{}],
  get_option_chain: [{ symbol: 'SPY' }, { symbol: 'SPXW' }, { symbol: '/ES' }, { symbol: 'NOSUCH' }],
  get_order: [{ order_id: '1' }],
  get_order_history: [{}],
  get_positions: [{}],
  get_quotes: [{ instruments: [{ symbol: 'SPY' }, { symbol: '/ESZ6' }] }],
  get_transaction_history: [{}],
  get_watchlists: [{}],
  market_status: [{}],
  search_symbols: [{ symbol: 'AAP' }],
};

/** The gateway's own budgets towards the broker, which belong to nobody, and who shares them. */
const OF_THE_GATEWAY = [/^tg:budget:\{(?:gateway%3Apaper|grants%3Apaper|replicas)\}/u];
const SHARED_KINDS = /^(?:live|sandbox|paper):chain:(?:equity|future):/u;

it('two tenants share chains in Redis, and nothing else that is there is without its tenant', async () => {
  const reads = (tastytradePack.tools ?? []).filter(({ scope }) => scope === 'read').map(({ name }) => name);
  expect(reads.toSorted()).toEqual(Object.keys(READS).toSorted());

  const tenants = ['demo', 'demo-cash'];
  const accounts: string[] = [];
  for (const tenant of tenants) {
    const token = gateway.token(tenant);
    for (const [tool, asks] of Object.entries(READS)) {
      for (const args of asks) {
        const { error } = await gateway.call(token, tool, { ...args });
        expect([undefined, 'not_found'], `${tool} ${JSON.stringify(error)}`).toContain(error?.['code']);
      }
    }
    accounts.push(String((await gateway.call(token, 'get_balances')).data['account_number']));
  }
  const listed = await gateway.gateway.tenancy.registry.list();
  const ids = tenants.map((name) => listed.find(({ tenant }) => tenant.name === name)?.tenant.id ?? '');
  expect(new Set([...accounts, ...ids]).size).toBe(4);

  // The second tenant's chains were the first one's: each was asked for once.
  const asked = gateway.simulator.control.counters().requests;
  expect(asked['GET /option-chains/:symbol/nested']).toBe(4);
  expect(asked['GET /futures-option-chains/:product/nested']).toBe(1);

  // What was loaded is stored behind its reader's back.
  await eventually(async () => (await redis.keys('tg:chain:*')).length >= 4, 10_000);
  const keys = await redis.keys('*');
  const isShared = (key: string): boolean => /^tg:(?:chain|fetch):/u.test(key);
  const shared = keys.filter(isShared);
  const owned = keys.filter((key) => !isShared(key) && !OF_THE_GATEWAY.some((pattern) => pattern.test(key)));
  for (const key of owned)
    expect(
      ids.filter((id) => key.includes(id)),
      key,
    ).toHaveLength(1);
  expect(owned.length).toBeGreaterThan(0);

  const values = shared.filter((key) => key.startsWith('tg:chain:'));
  expect(values.map((key) => slotOf(key)?.id).toSorted()).toEqual([
    'paper:chain:equity:NOSUCH',
    'paper:chain:equity:SPX',
    'paper:chain:equity:SPXW',
    'paper:chain:equity:SPY',
    'paper:chain:future:/ES',
  ]);
  for (const key of shared) {
    expect(decodeURIComponent(/\{(.*?)\}/u.exec(key)?.[1] ?? '')).toMatch(SHARED_KINDS);
    for (const secret of [...accounts, ...ids]) expect(key).not.toContain(secret);
  }
  for (const key of values) {
    const slot = slotOf(key);
    const stored = slot === undefined ? undefined : await unpack(slot, (await redis.getBuffer(key)) ?? Buffer.alloc(0));
    const text = JSON.stringify(stored);
    expect(text.length).toBeGreaterThan(50);
    for (const secret of [...accounts, ...ids]) expect(text).not.toContain(secret);
  }
});
