import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestGateway, startTestGateway } from '../../support/gateway.ts';

/** A busy machine takes its time. */
const PATIENCE = { timeout: 10_000 };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
afterEach(() => gateway.simulator.control.reset());

const BUY = { legs: [{ symbol: 'SPY', action: 'buy', quantity: 1 }], price: -1 };
/** The same ticket as in the test before, and meant so. */
const AGAIN = { ...BUY, allow_duplicate: true };
const sent = (): Readonly<Record<string, number>> => gateway.simulator.control.counters().orders;

describe('orders through the whole gateway', () => {
  it('a dry run sends nothing and tells cost and fees', async () => {
    const reply = await gateway.call(gateway.token('demo'), 'place_order', { ...BUY, dry_run: true });
    expect(reply.isError, reply.text).toBe(false);
    expect(reply.data['environment']).toBe('paper');
    expect(sent()).toEqual({});
  });

  it('places a stock order with action "buy" as a buy, once, replaces it, and cancels it', async () => {
    const token = gateway.token('demo-cash');
    const placed = await gateway.call(token, 'place_order', BUY);
    expect(placed.data['outcome'], placed.text).toBe('accepted');
    const order = placed.data['order'] as { order_id: string };
    const { legs } = placed.data['sent'] as { legs: { action: string }[] };
    expect(legs[0]?.action).toMatch(/^Buy to (?:Open|Close)$/u);
    expect(Object.values(sent())).toEqual([1]);
    const replaced = await gateway.call(token, 'replace_order', { order_id: order.order_id, price: -1.01 });
    expect(replaced.data['outcome'], replaced.text).toBe('accepted');
    const next = replaced.data['order'] as { order_id: string };
    expect(next.order_id).not.toBe(order.order_id);
    const cancelled = await gateway.call(token, 'delete_order', { order_id: next.order_id });
    expect(cancelled.isError, cancelled.text).toBe(false);
    await expect
      .poll(async () => {
        const live = await gateway.call(token, 'get_live_orders');
        const rows = live.data['orders'] as { order_id: string; status: string }[];
        return rows.find((row) => row.order_id === next.order_id)?.status;
      }, PATIENCE)
      .toBe('Cancelled');
  });

  it('counts what becomes of orders, without saying whose', async () => {
    await gateway.call(gateway.token('demo-cash'), 'place_order', { ...BUY, price: -1.07, client_order_id: 'counted' });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    const counted = metrics.split('\n').filter((line) => line.startsWith('gateway_order_changes_total'));
    for (const state of ['drafted', 'sending', 'accepted']) {
      expect(counted.some((line) => line.includes(`action="place",state="${state}"`))).toBe(true);
    }
    expect(metrics).toContain('gateway_orders_flagged_total 0');
    expect(counted.join()).not.toContain('counted');
  });

  it('finds an order whose answer was lost, and never sends it again', async () => {
    gateway.simulator.control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      exact: true,
      times: 1,
      fault: { kind: 'accept-then-drop' },
    });
    const reply = await gateway.call(gateway.token('demo-cash'), 'place_order', AGAIN);
    expect(reply.data['outcome'], reply.text).toBe('accepted');
    expect(Object.values(sent())).toEqual([1]);
  });

  it('says unknown, and what to do, when the order cannot be found in time', async () => {
    const { control } = gateway.simulator;
    control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      exact: true,
      times: 1,
      fault: { kind: 'accept-late', afterMs: 60_000, client: 'cut' },
    });
    const reply = await gateway.call(gateway.token('demo-cash'), 'place_order', AGAIN);
    expect(reply.data['outcome'], reply.text).toBe('unknown');
    expect(reply.text.toLowerCase()).toContain('not');
    expect(Object.keys(sent()).length).toBeLessThanOrEqual(1);
  });

  it('a client that hangs up does not take a sent order with it', async () => {
    const { control } = gateway.simulator;
    control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      exact: true,
      times: 1,
      fault: { kind: 'latency', ms: 800 },
    });
    const leaving = new AbortController();
    const message = { id: 1, method: 'tools/call', params: { name: 'place_order', arguments: AGAIN } };
    const call = gateway.post(gateway.token('demo-cash'), message, leaving.signal).catch(() => undefined);
    await expect
      .poll(
        () => Object.entries(control.counters().requests).some(([route]) => /^POST .*orders$/u.test(route)),
        PATIENCE,
      )
      .toBe(true);
    leaving.abort();
    await call;
    await expect.poll(() => Object.values(sent()), { timeout: 5000 }).toEqual([1]);
  });

  it('a read-only token neither sees nor calls what trades', async () => {
    const token = gateway.token('demo', ['read']);
    const message = { id: 1, method: 'tools/call', params: { name: 'place_order', arguments: BUY } };
    const response = await gateway.post(token, message);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('insufficient_scope');
    expect(sent()).toEqual({});
  });

  it('tells all 501 and more transactions over as many pages as it takes', async () => {
    const reply = await gateway.call(gateway.token('demo'), 'get_transaction_history', { days: 3650 });
    const rows = reply.data['transactions'] as { id: string }[];
    expect(rows.length).toBeGreaterThan(500);
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(reply.data['total']).toBe(rows.length);
  });

  it('prices a 10-lot spread like a 1-lot', async () => {
    const token = gateway.token('demo');
    const chain = await gateway.call(token, 'get_option_chain', { symbol: 'SPY' });
    expect(chain.isError, chain.text).toBe(false);
    const text = JSON.stringify(chain.data);
    const expiration = /\d{4}-\d{2}-\d{2}/u.exec(text)?.[0] ?? '';
    const one = await gateway.call(token, 'get_option_chain', { symbol: 'SPY', expiration_date: expiration });
    const strikes = [
      ...new Set(
        [...JSON.stringify(one.data).matchAll(/"strike(?:_price)?":"?([\d.]+)/gu)].map((match) => String(match[1])),
      ),
    ];
    const [low, high] = [strikes.at(Math.floor(strikes.length / 2)), strikes.at(Math.floor(strikes.length / 2) + 2)];
    const spread = (quantity: number) => ({
      dry_run: true,
      legs: [
        {
          symbol: 'SPY',
          option_type: 'C',
          strike_price: low,
          expiration_date: expiration,
          action: 'Buy to Open',
          quantity,
        },
        {
          symbol: 'SPY',
          option_type: 'C',
          strike_price: high,
          expiration_date: expiration,
          action: 'Sell to Open',
          quantity,
        },
      ],
    });
    const [single, ten] = [
      await gateway.call(token, 'place_order', spread(1)),
      await gateway.call(token, 'place_order', spread(10)),
    ];
    expect(single.isError, single.text).toBe(false);
    const price = (reply: { data: Record<string, unknown> }): number =>
      Number((reply.data['sent'] as { price?: string }).price);
    expect(price(single)).toBeLessThan(0);
    expect(Math.abs(price(ten) - price(single))).toBeLessThan(Math.abs(price(single)) * 0.5);
  });
});

describe('closing the gateway', () => {
  it('waits for an order that was sent, though its client has gone', async () => {
    const own = await startTestGateway({ SHUTDOWN_GRACE_MS: '5000' });
    const { control } = own.simulator;
    await own.call(own.token('demo-cash'), 'get_balances');
    control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      exact: true,
      times: 1,
      fault: { kind: 'latency', ms: 700 },
    });
    const leaving = new AbortController();
    const message = { id: 1, method: 'tools/call', params: { name: 'place_order', arguments: BUY } };
    const call = own.post(own.token('demo-cash'), message, leaving.signal).catch(() => undefined);
    await expect
      .poll(() => Object.keys(control.counters().requests).some((route) => /^POST .*orders$/u.test(route)), PATIENCE)
      .toBe(true);
    leaving.abort();
    await call;
    await own.close();
    expect(Object.values(control.counters().orders)).toEqual([1]);
    const answered = own.logLines.filter((line) => line.includes('"event":"answered"') && line.includes('place_order'));
    expect(answered.join()).toContain('"end":"ok"');
  });
});
