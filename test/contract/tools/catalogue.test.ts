import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACCOUNT, createBench, registry } from '../../support/fake-broker-bench.ts';

const NAMES = [
  'get_balances',
  'get_positions',
  'get_net_liquidating_value_history',
  'get_quotes',
  'get_greeks',
  'get_transaction_history',
  'get_order_history',
  'get_market_metrics',
  'market_status',
  'search_symbols',
  'get_live_orders',
  'place_order',
  'replace_order',
  'delete_order',
  'get_watchlists',
  'manage_private_watchlist',
  'delete_private_watchlist',
  'get_current_time_nyc',
  'get_option_chain',
  'get_order',
  'preview_order',
  'place_complex_order',
  'cancel_all_orders',
];

/** The arguments of the original: each must still be there under its name. */
const ORIGINAL_ARGUMENTS: Record<string, string[]> = {
  get_net_liquidating_value_history: ['time_back'],
  get_quotes: ['instruments', 'timeout'],
  get_greeks: ['options', 'timeout'],
  get_transaction_history: ['days', 'underlying_symbol', 'transaction_type'],
  get_order_history: ['days', 'underlying_symbol'],
  get_market_metrics: ['symbols'],
  market_status: ['exchanges'],
  search_symbols: ['symbol'],
  place_order: ['legs', 'price', 'time_in_force', 'dry_run'],
  replace_order: ['order_id', 'price'],
  delete_order: ['order_id'],
  get_watchlists: ['watchlist_type', 'name'],
  manage_private_watchlist: ['action', 'symbols', 'name'],
  delete_private_watchlist: ['name'],
};

const { tools } = registry.catalogueFor(new Set(['read', 'trade']));
const argumentsOf = (schema: Readonly<Record<string, unknown>>): string[] => Object.keys(schema['properties'] ?? {});

describe('the catalogue', () => {
  it('holds the 18 tools of the original, the option chain, and four more for orders', () => {
    expect(tools.map((tool) => tool.name).toSorted()).toEqual(NAMES.toSorted());
  });

  it('is listed in less than 40 KB', () => {
    const size = Buffer.byteLength(JSON.stringify({ tools }));
    expect(size).toBeLessThan(40_000);
  });

  it('shows a reader no tool that trades', () => {
    const names = registry.catalogueFor(new Set(['read'])).tools.map((tool) => tool.name);
    expect(names).not.toContain('place_order');
    expect(names.filter((name) => /^(?:preview|place|replace|delete|cancel|manage)/u.test(name))).toEqual([]);
  });

  it('offers the one prompt, with the tools it speaks of', async () => {
    const [prompt, ...others] = registry.catalogueFor(new Set(['read'])).prompts;
    expect(others).toEqual([]);
    expect(prompt).toMatchObject({ name: 'analyze_iv_opportunities', title: 'IV Rank Analysis', arguments: [] });
    const { context } = createBench();
    const messages = await prompt?.render({}, context, {
      ...(await import('../../../src/tools/client-channel.ts')).silentClient,
    });
    expect(messages).toMatchObject([{ role: 'user' }, { role: 'assistant' }]);
    for (const name of ['get_positions', 'get_watchlists', 'get_market_metrics'])
      expect(JSON.stringify(messages)).toContain(name);
  });
});

describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (name, tool) => {
  it('is described in a few sentences', () => {
    expect(tool.title.length).toBeGreaterThan(3);
    expect(tool.description.length).toBeGreaterThan(40);
    expect(tool.description.length).toBeLessThan(420);
  });

  it('makes all four safety claims, and they agree with its scope', () => {
    expect(Object.keys(tool.annotations).toSorted()).toEqual([
      'destructiveHint',
      'idempotentHint',
      'openWorldHint',
      'readOnlyHint',
    ]);
    const scope = registry.findTool(name)?.scope;
    // A preview changes nothing at the broker; it is for traders, since what it gives lets an order be sent.
    expect(tool.annotations.readOnlyHint).toBe(scope === 'read' || name === 'preview_order');
  });

  it('takes a strict object, and answers with its environment', () => {
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(tool.outputSchema).toMatchObject({ type: 'object', required: expect.arrayContaining(['environment']) });
  });

  it('takes no tenant, token, address or header', () => {
    const banned = /tenant|token|url|header|host|secret|password/iu;
    expect(argumentsOf(tool.inputSchema).filter((argument) => banned.test(argument))).toEqual([]);
  });

  it('still takes the arguments of the original', () => {
    expect(argumentsOf(tool.inputSchema)).toEqual(expect.arrayContaining(ORIGINAL_ARGUMENTS[name] ?? []));
  });

  it('is the same as its committed snapshot', async () => {
    await expect(`${JSON.stringify(tool, null, 2)}\n`).toMatchFileSnapshot(`./__snapshots__/${name}.json`);
  });

  it('has a test of its own', () => {
    const folder = join(import.meta.dirname, '../../unit/tools');
    const tests = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    expect(tests.some((text) => text.includes(`'${name}'`))).toBe(true);
  });
});

it('has no snapshot of a tool that is gone', () => {
  const files = readdirSync(join(import.meta.dirname, '__snapshots__'));
  expect(files.toSorted()).toEqual(NAMES.map((name) => `${name}.json`).toSorted());
});

it('names account and environment in the text as well', async () => {
  const { run } = createBench({ environment: 'sandbox' });
  expect(await run('get_positions')).toMatchObject({ text: expect.stringContaining(`account ${ACCOUNT} · [sandbox]`) });
});
