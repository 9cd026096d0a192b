import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';
import { type RedisServer, startRedisServer } from '../../support/processes/redis-server.ts';

let redis: RedisServer;
let gateway: TestGateway;

beforeAll(async () => {
  redis = await startRedisServer();
  gateway = await startTestGateway({ REDIS_URL: redis.url });
});
afterAll(async () => {
  await gateway.close();
  await redis.stop();
});

const BUY = { legs: [{ symbol: 'SPY', action: 'buy', quantity: 1 }], price: -1, allow_duplicate: true };
const sent = (): number =>
  Object.values(gateway.simulator.control.counters().orders).reduce((sum, count) => sum + count, 0);

describe('a gateway whose Redis is away', () => {
  it('refuses orders at once, reads on, cancels, and takes orders again when it is back', async () => {
    const token = gateway.token('demo-cash');
    await expect
      .poll(async () => (await fetch(`${gateway.url}/metrics`)).text())
      .toContain('gateway_limiter_replicas 1');
    const placed = await gateway.call(token, 'place_order', BUY);
    expect(placed.data['outcome'], placed.text).toBe('accepted');
    const { order_id } = placed.data['order'] as { order_id: string };
    const before = sent();

    await redis.kill();
    const startMs = performance.now();
    const refused = await gateway.call(token, 'place_order', BUY);
    expect(performance.now() - startMs).toBeLessThan(2000);
    expect(refused.error).toMatchObject({ code: 'coordination_unavailable' });
    expect(refused.text).toContain('Nothing was sent');
    const replace = await gateway.call(token, 'replace_order', { order_id, price: -1.01 });
    expect(replace.error).toMatchObject({ code: 'coordination_unavailable' });
    expect(sent()).toBe(before);

    const balances = await gateway.call(token, 'get_balances');
    expect(balances.isError, balances.text).toBe(false);
    const cancelled = await gateway.call(token, 'delete_order', { order_id });
    expect(cancelled.isError, cancelled.text).toBe(false);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toContain('gateway_limiter_fallback 1');

    await redis.start();
    await expect
      .poll(async () => (await gateway.call(token, 'place_order', { ...BUY, price: -1.02 })).data['outcome'], {
        timeout: 20_000,
        interval: 200,
      })
      .toBe('accepted');
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('gateway_limiter_fallback 0');
  });
});
