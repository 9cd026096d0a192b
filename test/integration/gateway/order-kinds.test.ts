import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type TestGateway, type ToolReply, startTestGateway } from '../../support/gateway.ts';

const SYMBOL = 'AAPL';

let gateway: TestGateway;
let bid = 0;
/** The market is open at all hours here: what an order kind does must not depend on when the tests run. */
beforeAll(async () => {
  gateway = await startTestGateway({ SIMULATOR_ALWAYS_OPEN: 'true' });
  await gateway.gateway.tenancy.registry.setPlan('demo', { duplicateSeconds: 0, ordersPerMinute: 1000 }, 'test');
  const quotes = await call('get_quotes', { instruments: [{ symbol: SYMBOL }] });
  bid = Number((quotes.data['quotes'] as { bid?: string }[])[0]?.bid);
  expect(bid).toBeGreaterThan(1);
  await accepted('place_order', { legs: [buy(10)], order_type: 'Market' });
  await vi.waitFor(async () => expect(await held()).toBeGreaterThanOrEqual(10), { timeout: 10_000 });
  gateway.simulator.control.reset();
});
afterAll(() => gateway.close());
afterEach(async () => {
  await call('cancel_all_orders', { symbol: SYMBOL });
  await vi.waitFor(async () => expect(await working()).toEqual([]), { timeout: 10_000 });
  gateway.simulator.control.reset();
});

const call = (tool: string, args: Record<string, unknown> = {}): Promise<ToolReply> =>
  gateway.call(gateway.token('demo'), tool, args);

async function accepted(tool: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const reply = await call(tool, args);
  expect(reply.data['outcome'], reply.text).toBe('accepted');
  return reply.data;
}

async function held(): Promise<number> {
  const reply = await call('get_positions', { underlying_symbol: SYMBOL });
  const rows = reply.data['positions'] as { symbol: string; direction: string; quantity: string }[];
  return rows.filter((row) => row.symbol === SYMBOL).reduce((total, row) => total + Number(row.quantity), 0);
}

async function working(): Promise<string[]> {
  const reply = await call('get_live_orders');
  const rows = reply.data['orders'] as { order_id: string; is_working: boolean; underlying_symbol?: string }[];
  return rows.filter((row) => row.is_working && row.underlying_symbol === SYMBOL).map(({ order_id }) => order_id);
}

const buy = (quantity: number) => ({ symbol: SYMBOL, action: 'Buy', quantity });
const close = (quantity: number) => ({ symbol: SYMBOL, action: 'Sell to Close', quantity });
const at = (share: number): string => (bid * share).toFixed(2);
const inAWeek = (): string => new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10);

type Row = readonly [kind: string, order: () => Record<string, unknown>, isWorking?: boolean];

/** Far from the market, so that they wait. */
const low = (terms: object) => () => ({ legs: [buy(1)], price: `-${at(0.8)}`, ...terms });

const KINDS: readonly Row[] = [
  ['Limit Day', low({})],
  ['Limit GTC', low({ time_in_force: 'GTC' })],
  ['Limit GTD', () => ({ ...low({})(), time_in_force: 'GTD', good_until: inAWeek() })],
  ['Limit IOC', low({ time_in_force: 'IOC' }), false],
  ['Limit Ext', low({ time_in_force: 'Ext' })],
  ['Limit GTC Ext', low({ time_in_force: 'GTC Ext' })],
  ['Limit Ext Overnight', low({ time_in_force: 'Ext Overnight' })],
  ['Limit GTC Ext Overnight', low({ time_in_force: 'GTC Ext Overnight' })],
  ['Stop Day', () => ({ legs: [close(5)], order_type: 'Stop', stop_trigger: at(0.7) })],
  ['Stop GTC', () => ({ legs: [close(5)], order_type: 'Stop', stop_trigger: at(0.7), time_in_force: 'GTC' })],
  ['Stop Limit', () => ({ legs: [close(5)], order_type: 'Stop Limit', stop_trigger: at(0.7), price: at(0.69) })],
  ['Market', () => ({ legs: [buy(1)], order_type: 'Market' }), false],
  ['Marketable Limit', () => ({ legs: [buy(1)], order_type: 'Marketable Limit' }), false],
  [
    'Notional Market',
    () => ({ legs: [{ symbol: SYMBOL, action: 'Buy' }], order_type: 'Notional Market', value: 100 }),
    false,
  ],
];

const rows = KINDS.map(([kind, order, isWorking = true]) => ({ kind, order, isWorking }));

describe.each(rows)('$kind', ({ order, isWorking }) => {
  it('is foretold by a preview, sent once as it was previewed, and found again', async () => {
    const preview = await call('preview_order', order());
    expect(preview.data['outcome'], preview.text).toBe('would_be_accepted');
    expect(preview.data['confirmation'], preview.text).toEqual(expect.any(String));
    expect(gateway.simulator.control.counters().orders).toEqual({});
    const placed = await accepted('place_order', { ...order(), confirmation: preview.data['confirmation'] });
    expect(placed['sent']).toEqual(preview.data['sent']);
    expect(Object.values(gateway.simulator.control.counters().orders)).toEqual([1]);
    const { external_id } = placed as { external_id: string };
    const found = await call('get_order', { external_id });
    const { order_type, time_in_force } = placed['sent'] as Record<string, string>;
    expect(found.data, found.text).toMatchObject({
      state: 'accepted',
      order: { external_id, order_type, time_in_force },
    });
    if (!isWorking) return;
    const cancelled = await call('cancel_all_orders', { symbol: SYMBOL });
    const { order_id } = placed['order'] as { order_id: string };
    expect(cancelled.data['cancelled']).toEqual([{ order_ids: [order_id], outcome: 'accepted', reasons: [] }]);
    await expect
      .poll(async () => ((await call('get_order', { order_id })).data['order'] as { status: string }).status, {
        timeout: 10_000,
      })
      .toBe('Cancelled');
  });
});

const trigger = () => ({ legs: [{ ...buy(1), action: 'Buy to Open' }], price: `-${at(0.8)}` });
const profit = () => ({ legs: [close(1)], price: at(1.5), time_in_force: 'GTC' });
const stop = () => ({ legs: [close(1)], order_type: 'Stop', stop_trigger: at(0.7), time_in_force: 'GTC' });

const COMPLEX: readonly (readonly [type: string, orders: () => object[]])[] = [
  ['OTO', () => [trigger(), stop()]],
  ['OCO', () => [profit(), stop()]],
  ['OTOCO', () => [trigger(), profit(), stop()]],
];

describe.each(COMPLEX)('%s', (type, orders) => {
  it('is foretold by a dry run, sent once, told part by part, and cancelled as one', async () => {
    const asked = { type, orders: orders() };
    const preview = await call('place_complex_order', { ...asked, dry_run: true });
    expect(preview.data['outcome'], preview.text).toBe('would_be_accepted');
    const { confirmation } = preview.data;
    const placed = await accepted('place_complex_order', { ...asked, confirmation });
    const again = await accepted('place_complex_order', { ...asked, confirmation });
    expect(again).toMatchObject({ replayed: true, external_id: placed['external_id'] });
    const parts = [placed['order'], ...(placed['other_orders'] as unknown[])] as { order_id: string }[];
    expect(parts).toHaveLength(orders().length);
    const cancelled = await call('cancel_all_orders', { symbol: SYMBOL });
    const [row, ...others] = cancelled.data['cancelled'] as { order_ids: string[]; outcome: string }[];
    expect(others).toEqual([]);
    expect(row?.outcome, cancelled.text).toBe('accepted');
    expect(row?.order_ids.toSorted()).toEqual(parts.map(({ order_id }) => order_id).toSorted());
    await vi.waitFor(async () => expect(await working()).toEqual([]), { timeout: 10_000 });
  });
});

describe('get_order', () => {
  it('tells what became of an order whose answer was lost, under the caller’s own name for it', async () => {
    gateway.simulator.control.addFault({
      method: 'POST',
      route: '/accounts/*/orders',
      exact: true,
      times: 1,
      fault: { kind: 'accept-then-drop' },
    });
    const args = { ...low({})(), client_order_id: `lost-${Date.now()}` };
    const placed = await accepted('place_order', args);
    const { order_id } = placed['order'] as { order_id: string };
    const again = await accepted('place_order', args);
    expect(again).toMatchObject({ replayed: true, external_id: placed['external_id'] });
    const found = await call('get_order', { client_order_id: args.client_order_id });
    expect(found.data, found.text).toMatchObject({ state: 'settled', settlement: 'found', order: { order_id } });
    expect(Object.values(gateway.simulator.control.counters().orders)).toEqual([1]);
  });

  it('shows nothing of it to another tenant', async () => {
    const placed = await accepted('place_order', low({})());
    const { external_id } = placed as { external_id: string };
    const reply = await gateway.call(gateway.token('demo-cash'), 'get_order', { external_id });
    expect(reply.error).toMatchObject({ code: 'not_found' });
  });
});
