import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSimulator, type OpenSimulator, type Reply } from './open-simulator.ts';
import { differences, shapeOf } from './shape.ts';

const REFERENCE = new URL('../../../../shared/reference/tastytrade/', import.meta.url);
const SAMPLES = new URL('samples/', REFERENCE);

const order = (changes: object = {}): object => ({
  'order-type': 'Limit',
  'time-in-force': 'Day',
  price: '1.0',
  'price-effect': 'Debit',
  legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 1 }],
  ...changes,
});
const watchlist = {
  name: 'shapes',
  'watchlist-entries': [{ symbol: 'AAPL', 'instrument-type': 'Equity' }],
  'group-name': 'tests',
  'order-index': 1,
};

type Case = {
  readonly sample: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: object;
  readonly status?: number;
  /** Set for samples that hold only what is in `data`. */
  readonly inData?: true;
  /** Recorded keys that the simulated world has no reason to send. */
  readonly without?: readonly string[];
};

/** Of conditional orders, and personal or internal fields. */
const RULES = ['rules', 'contingent-status', 'value-effect'];
const CASES: readonly Case[] = [
  {
    sample: 'customers.me',
    path: '/customers/me',
    without: [
      'first-surname',
      'customer-suitability',
      'work-phone-number',
      'home-phone-number',
      'tax-number',
      'is-investment-adviser',
      'has-institutional-assets',
      'person',
    ],
  },
  { sample: 'accounts.customer-me-accounts', path: '/customers/me/accounts' },
  { sample: 'accounts.balances-cert-2025', path: '/accounts/{account}/balances' },
  { sample: 'accounts.balance-snapshots', path: '/accounts/{account}/balance-snapshots?time-of-day=EOD' },
  { sample: 'accounts.positions-cert-2025-2026', path: '/accounts/{account}/positions' },
  { sample: 'accounts.trading-status', path: '/accounts/{account}/trading-status' },
  { sample: 'accounts.position-limit', path: '/accounts/{account}/position-limit' },
  { sample: 'accounts.net-liq-history', path: '/accounts/{account}/net-liq/history?time-back=1d' },
  { sample: 'transactions.list', path: '/accounts/{account}/transactions' },
  { sample: 'transactions.total-fees', path: '/accounts/{account}/transactions/total-fees' },
  {
    sample: 'orders.dry-run-ok',
    method: 'POST',
    path: '/accounts/{account}/orders/dry-run',
    body: order(),
    status: 201,
    without: RULES,
  },
  {
    sample: 'orders.submit-response-cert-2025',
    method: 'POST',
    path: '/accounts/{account}/orders',
    body: order(),
    status: 201,
  },
  {
    sample: 'orders.dry-run-422-both-data-and-error',
    method: 'POST',
    path: '/accounts/{account}/orders/dry-run',
    body: order({
      price: '700.0',
      legs: [{ 'instrument-type': 'Equity', symbol: 'SPY', action: 'Buy to Open', quantity: 40_000 }],
    }),
    status: 422,
  },
  { sample: 'orders.live', path: '/accounts/{account}/orders/live', without: RULES },
  { sample: 'orders.search-paginated', path: '/accounts/{account}/orders', without: RULES },
  { sample: 'orders.get-one', path: '/accounts/{account}/orders/{order}', without: RULES },
  {
    sample: 'orders.replace-response',
    method: 'PUT',
    path: '/accounts/{account}/orders/{order}',
    body: order({ legs: undefined, price: '2.0' }),
    without: RULES,
  },
  {
    sample: 'orders.cancel-response',
    method: 'DELETE',
    path: '/accounts/{account}/orders/{order}',
    // Cancelling takes its time: the first answer may still say Cancel Requested.
    without: [...RULES, 'cancelled-at', 'terminal-at'],
  },
  {
    sample: 'orders.error-cannot-reconfirm',
    method: 'POST',
    path: '/accounts/{account}/orders/{order}/reconfirm',
    status: 422,
  },
  { sample: 'orders.error-customer-orders-validation', path: '/customers/me/orders', status: 400 },
  { sample: 'doc.margin_requirements', path: '/margin/accounts/{account}/requirements' },
  { sample: 'margin.effective', path: '/accounts/{account}/margin-requirements/AAPL/effective' },
  { sample: 'margin.public-configuration', path: '/margin-requirements-public-configuration' },
  {
    sample: 'mcp2026.market-data-by-type',
    inData: true,
    path: '/market-data/by-type?equity=AAPL&index=VIX',
    without: ['volume-ext'],
  },
  {
    sample: 'market-metrics.2023',
    path: '/market-metrics?symbols=AAPL,TSLA',
    without: ['liquidity-running-state', 'dividend-pay-date', 'created-at'],
  },
  { sample: 'market-metrics.dividends', path: '/market-metrics/historic-corporate-events/dividends/AAPL' },
  {
    sample: 'market-metrics.earnings',
    path: '/market-metrics/historic-corporate-events/earnings-reports/AAPL?start-date=2020-01-01',
  },
  { sample: 'cert2026.market-session-current', inData: true, path: '/market-time/equities/sessions/current' },
  { sample: 'symbols.search-2023', path: '/symbols/search/AAPL' },
  { sample: 'cert2026.instrument-search', inData: true, path: '/instruments/search?query=e%20mini' },
  { sample: 'instruments.equity-one', path: '/instruments/equities/AAPL', without: ['cusip'] },
  { sample: 'instruments.equities-active', path: '/instruments/equities/active?per-page=4', without: ['cusip'] },
  { sample: 'cert2026.equities', inData: true, path: '/instruments/equities?symbol[]=AAPL' },
  { sample: 'option-chains.nested', path: '/option-chains/AAPL/nested' },
  { sample: 'option-chains.full', path: '/option-chains/AAPL' },
  { sample: 'option-chains.compact', path: '/option-chains/AAPL/compact' },
  { sample: 'instruments.equity-option-one', path: '/instruments/equity-options/{option}' },
  { sample: 'mcp2026.futures-option-chain-nested', inData: true, path: '/futures-option-chains/ES/nested' },
  { sample: 'futures-option-chains.full', path: '/futures-option-chains/ES' },
  { sample: 'instruments.future-options-one', path: '/instruments/future-options/{futureOption}' },
  { sample: 'instruments.futures-one', path: '/instruments/futures/ESZ6', without: ['future-etf-equivalent'] },
  {
    sample: 'cert2026.futures',
    inData: true,
    path: '/instruments/futures',
    without: ['first-notice-date', 'futures-trading-cutoff-times'],
  },
  { sample: 'instruments.future-product-one', path: '/instruments/future-products/CME/ES' },
  {
    sample: 'instruments.future-option-products',
    path: '/instruments/future-option-products',
    without: ['product-subtype', 'true-underlying-code'],
  },
  {
    sample: 'instruments.cryptocurrencies',
    path: '/instruments/cryptocurrencies',
    without: ['destination-venue-symbols'],
  },
  { sample: 'instruments.quantity-decimal-precisions', path: '/instruments/quantity-decimal-precisions' },
  { sample: 'watchlists.create', method: 'POST', path: '/watchlists', body: watchlist, status: 201 },
  {
    sample: 'watchlists.delete-raw-snake-case',
    method: 'DELETE',
    path: '/watchlists/shapes',
    without: ['created_at', 'updated_at'],
  },
  { sample: 'watchlists.public', path: '/public-watchlists' },
  { sample: 'watchlists.public-counts', path: '/public-watchlists?counts-only=true' },
  { sample: 'watchlists.pairs', path: '/pairs-watchlists' },
  { sample: 'api-quote-tokens.cert-2025', path: '/api-quote-tokens' },
];

const lastKey = (path: string): string => path.replaceAll('[]', '').split('.').at(-1) ?? '';
const recording = (sample: string): unknown => JSON.parse(readFileSync(new URL(`${sample}.json`, SAMPLES), 'utf8'));

/** Every key that the recordings or the contract's schemas know. */
function knownKeys(): (key: string) => boolean {
  const recorded = readdirSync(SAMPLES)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => [...shapeOf(JSON.parse(readFileSync(new URL(file, SAMPLES), 'utf8'))).keys()].map(lastKey));
  const keys = new Set(recorded);
  const contract = readFileSync(new URL('CONTRACT.md', REFERENCE), 'utf8');
  return (key) => keys.has(key) || contract.includes(key);
}

describe('the shapes of simulated answers, held against recorded ones', () => {
  if (!existsSync(SAMPLES)) {
    it.skip('needs the recorded answers beside this repository, in ../shared/reference/tastytrade/samples', () => {});
    return;
  }
  let open: OpenSimulator;
  let token: string;
  const names: Record<string, string> = {};
  const isKnown = knownKeys();

  beforeAll(async () => {
    open = await openSimulator();
    token = await open.login('margin');
    names['account'] = await open.accountOf(token);
    const chain = await open.ask('GET', '/option-chains/AAPL/nested', { token });
    names['option'] = String(chain.at('data.items.0.expirations.0.strikes.0.call'));
    const futures = await open.ask('GET', '/futures-option-chains/ES/nested', { token });
    names['futureOption'] = String(futures.at('data.option-chains.0.expirations.0.strikes.0.call'));
  });
  afterAll(async () => {
    await open.simulator.close();
    expect(open.errors).toEqual([]);
  });

  /** A working order, made when a case is about one. */
  async function workingOrder(): Promise<string> {
    const path = `/accounts/${names['account']}/orders`;
    return String((await open.ask('POST', path, { token, body: order() })).at('data.order.id'));
  }

  async function answerTo({ path, method = 'GET', body }: Case): Promise<Reply> {
    if (path.includes('{order}')) names['order'] = await workingOrder();
    const filled = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => encodeURIComponent(names[name] ?? ''));
    return open.ask(method, filled, { token, ...(body === undefined ? {} : { body }) });
  }

  it.each(CASES.map((one) => [one.sample, one] as const))('%s', async (sample, one) => {
    const reply = await answerTo(one);
    expect(reply.status).toBe(one.status ?? 200);
    const found = differences(one.inData === true ? reply.at('data') : reply.json, recording(sample));
    const missing = found.missing.filter((path) => !(one.without ?? []).includes(lastKey(path)));
    expect({ missing, otherType: found.otherType }).toEqual({ missing: [], otherType: [] });
    expect(found.added.filter((path) => !isKnown(lastKey(path)))).toEqual([]);
  });
});
