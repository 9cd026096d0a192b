import { describe, expect, it } from 'vitest';
import { createBench, registry } from '../../support/fake-broker-bench.ts';

const MEGABYTE = 'A'.repeat(1_000_000);
const leg = { symbol: 'SPY', action: 'Buy', quantity: 1 };
const entry = { symbol: 'SPY', instrument_type: 'Equity' };

/** A good call of every tool, to spoil in one place. */
const GOOD: Record<string, Record<string, unknown>> = {
  get_balances: {},
  get_positions: {},
  get_net_liquidating_value_history: {},
  get_quotes: { instruments: [{ symbol: 'SPY' }] },
  get_greeks: { options: [{ symbol: 'SPY', option_type: 'C', strike_price: 600, expiration_date: '2026-12-18' }] },
  get_option_chain: { symbol: 'SPY' },
  get_market_metrics: { symbols: ['SPY'] },
  market_status: {},
  search_symbols: { symbol: 'SPY' },
  get_transaction_history: {},
  get_order_history: {},
  get_live_orders: {},
  get_order: { order_id: '1' },
  preview_order: { legs: [leg], price: -1 },
  place_order: { legs: [leg], price: -1 },
  place_complex_order: {
    type: 'OTO',
    orders: [
      { legs: [leg], price: -1 },
      { legs: [leg], price: -1 },
    ],
  },
  cancel_all_orders: {},
  replace_order: { order_id: '1', price: -1 },
  delete_order: { order_id: '1' },
  get_watchlists: {},
  manage_private_watchlist: { action: 'add', symbols: [entry] },
  delete_private_watchlist: { name: 'main' },
  get_current_time_nyc: {},
};

/** Values that no argument of any tool takes. */
const BAD_VALUES = [
  {},
  { $ne: null },
  [[]],
  MEGABYTE,
  '\u0000',
  'a\u202eb',
  '..',
  '../../etc/passwd',
  Symbol.iterator,
  Number.NaN,
  -1e308,
];

type Case = { readonly tool: string; readonly args: unknown; readonly field: string };

function spoilt(): Case[] {
  return registry.tools.flatMap(({ name, input }) => {
    const good = GOOD[name];
    if (good === undefined) return [];
    const anywhere: Case[] = [
      { tool: name, args: 'text', field: 'arguments' },
      { tool: name, args: [good], field: 'arguments' },
      { tool: name, args: 7, field: 'arguments' },
      { tool: name, args: { ...good, tenant: 'other' }, field: 'tenant' },
      { tool: name, args: JSON.parse(`{"__proto__":{"admin":true}}`), field: '__proto__' },
      { tool: name, args: { ...good, [MEGABYTE]: 1 }, field: 'AAAA' },
    ];
    const fields = Object.keys(input.shape).flatMap((field) =>
      BAD_VALUES.map((value) => ({ tool: name, args: { ...good, [field]: value }, field })),
    );
    return [...anywhere, ...fields];
  });
}

const FIELD_CASES: Case[] = [
  { tool: 'get_quotes', args: { instruments: [] }, field: 'instruments' },
  { tool: 'get_quotes', args: { instruments: 'SPY' }, field: 'instruments' },
  { tool: 'get_quotes', args: { instruments: '[not json' }, field: 'instruments' },
  { tool: 'get_quotes', args: { instruments: [{ symbol: 'SPY', strike: 1 }] }, field: 'strike' },
  { tool: 'get_quotes', args: { instruments: [{ symbol: 'SPY', option_type: 'C' }] }, field: 'instruments[0]' },
  { tool: 'get_quotes', args: { instruments: [{ symbol: '../accounts' }] }, field: 'instruments[0].symbol' },
  {
    tool: 'get_quotes',
    args: { instruments: Array.from({ length: 101 }, () => ({ symbol: 'SPY' })) },
    field: 'instruments',
  },
  { tool: 'get_quotes', args: { instruments: [{ symbol: 'SPY' }], timeout: 3600 }, field: 'timeout' },
  { tool: 'get_quotes', args: { instruments: [{ symbol: 'SPY' }], timeout: '10' }, field: 'timeout' },
  ...['abc', 0, -5, '1e400', '٦٠٠', true, 1e12].map((strike_price) => ({
    tool: 'get_greeks',
    args: { options: [{ symbol: 'SPY', option_type: 'C', strike_price, expiration_date: '2026-12-18' }] },
    field: 'options[0].strike_price',
  })),
  ...['2026-13-01', '2026-02-30', '18.12.2026', 'tomorrow', '2026-12-18T00:00', 20261218].map((expiration_date) => ({
    tool: 'get_option_chain',
    args: { symbol: 'SPY', expiration_date },
    field: 'expiration_date',
  })),
  { tool: 'get_option_chain', args: { symbol: 'SPY', strikes: 51 }, field: 'strikes' },
  { tool: 'get_option_chain', args: { symbol: 'SPY', min_delta: -0.3 }, field: 'min_delta' },
  { tool: 'get_transaction_history', args: { days: 100_000 }, field: 'days' },
  { tool: 'get_transaction_history', args: { days: 1.5 }, field: 'days' },
  { tool: 'get_transaction_history', args: { limit: 1001 }, field: 'limit' },
  { tool: 'get_order_history', args: { offset: -1 }, field: 'offset' },
  { tool: 'market_status', args: { exchanges: ['NYSE'] }, field: 'exchanges[0]' },
  { tool: 'search_symbols', args: { symbol: '   ' }, field: 'symbol' },
  { tool: 'search_symbols', args: { symbol: 'a/../b' }, field: 'symbol' },
  ...['.', '..', '1/../2', '1%2e', '-1', '１２', 'abc', ''].map((order_id) => ({
    tool: 'delete_order',
    args: { order_id },
    field: 'order_id',
  })),
  ...[0, -1, 1e9, 'ten', '1e400', '1e3', true, Number.POSITIVE_INFINITY].map((quantity) => ({
    tool: 'place_order',
    args: { legs: [{ ...leg, quantity }], price: -1 },
    field: 'legs[0].quantity',
  })),
  { tool: 'place_order', args: { legs: Array.from({ length: 5 }, () => leg), price: -1 }, field: 'legs' },
  { tool: 'place_order', args: { legs: [leg], price: 'cheap' }, field: 'price' },
  { tool: 'place_order', args: { legs: [leg], time_in_force: 'Forever' }, field: 'time_in_force' },
  ...['../x', 'a b', '', '-lead', 'é'].map((client_order_id) => ({
    tool: 'place_order',
    args: { legs: [leg], price: -1, client_order_id },
    field: 'client_order_id',
  })),
  { tool: 'place_complex_order', args: { type: 'oco', orders: [] }, field: 'type' },
  { tool: 'place_complex_order', args: { type: 'OCO', orders: [{ legs: [leg] }] }, field: 'orders' },
  { tool: 'get_order', args: { external_id: '1' }, field: 'external_id' },
  { tool: 'replace_order', args: { order_id: '1', price: null }, field: 'price' },
  { tool: 'manage_private_watchlist', args: { action: 'empty', symbols: [entry] }, field: 'action' },
  { tool: 'manage_private_watchlist', args: { action: 'add', symbols: [] }, field: 'symbols' },
  { tool: 'delete_private_watchlist', args: { name: 'a\nb' }, field: 'name' },
  { tool: 'delete_private_watchlist', args: { name: '' }, field: 'name' },
];

describe('bad input', () => {
  it('covers every tool', () => {
    expect(registry.tools.map((tool) => tool.name).filter((name) => GOOD[name] === undefined)).toEqual([]);
  });

  it('is refused with a short message that names the field, before anything is asked of the broker', async () => {
    const bench = createBench();
    for (const { tool, args, field } of [...spoilt(), ...FIELD_CASES]) {
      const outcome = await bench.start(tool, args);
      const told = JSON.stringify(outcome);
      const label = `${tool} ${field} ${told.slice(0, 300)}`;
      expect(outcome, label).toMatchObject({ kind: 'error', error: { code: 'invalid_input', retry: 'after-change' } });
      expect(told, label).toContain(field.slice(0, 40));
      expect(told.length, label).toBeLessThan(3000);
      expect(told, label).not.toMatch(/node_modules|\.ts:\d|ZodError| {4}at /u);
    }
    expect(bench.calls).toEqual([]);
  });

  it('says what was given, what is allowed, and an example', async () => {
    const bench = createBench();
    const missing = await bench.refusal('get_quotes', {});
    expect(missing.message).toContain('instruments: is missing; it must be a list');
    const strike = await bench.refusal('get_quotes', {
      instruments: [{ symbol: 'SPY', option_type: 'C', strike_price: 'abc', expiration_date: '2026-12-18' }],
    });
    expect(strike.message).toContain('strike_price: was given "abc"; it must be a positive strike such as 600');
    const side = await bench.refusal('get_option_chain', { symbol: 'SPY', option_type: 'call' });
    expect(side.message).toContain('option_type: was given "call"; it must be one of "C", "P"');
    const unknown = await bench.refusal('get_balances', { acount_number: 'x' });
    expect(unknown.message).toContain('unknown "acount_number"; allowed are account_number, include_zero');
    const date = await bench.refusal('get_option_chain', { symbol: 'SPY', expiration_date: 'soon' });
    expect(date.message).toContain('it must be a calendar day as YYYY-MM-DD (for example "2026-12-18")');
  });

  it('of one place is told once, of many places a few at a time', async () => {
    const bench = createBench();
    const error = await bench.refusal('get_market_metrics', { symbols: Array(50).fill('\u0000') });
    expect((error.details as { problems: unknown[] }).problems).toHaveLength(5);
    expect(error.message).toContain('And 45 more');
  });
});
