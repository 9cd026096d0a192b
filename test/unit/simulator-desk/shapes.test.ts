import { describe, expect, it } from 'vitest';
import type { WireObject } from '../../../src/simulator/engine/desk.ts';
import {
  accepted,
  createBench,
  field,
  limit,
  list,
  market,
  SECOND,
  type Bench,
} from '../../support/simulator-desk/desk-bench.ts';
import { differences, sample, samplesAreHere } from '../../support/simulator-desk/samples.ts';

const SPREAD = [
  ['Buy to Open', 1, 'AAPL  261218C00210000'],
  ['Sell to Open', 1, 'AAPL  261218C00200000'],
] as const;

function traded(): Bench {
  const bench = createBench();
  bench.quote('AAPL  261218C00200000', { bid: '5.00', ask: '5.10' });
  bench.quote('AAPL  261218C00210000', { bid: '2.00', ask: '2.10' });
  bench.place(market([['Buy to Open', 10, 'AAPL']]));
  bench.place(limit(2.9, SPREAD));
  bench.pass(SECOND);
  bench.place(market([['Sell to Close', 4, 'AAPL']]));
  bench.pass(SECOND);
  return bench;
}

const first = (name: string): unknown => list(sample(name), 'items')[0];
const withoutKeys = (of: unknown, ...keys: string[]): WireObject =>
  Object.fromEntries(Object.entries(of as WireObject).filter(([key]) => !keys.includes(key)));
const dryRun = (bench: Bench): WireObject => accepted(bench.dryRun(market([['Buy to Open', 1, 'AAPL']])));
const condition = {
  action: 'route',
  symbol: 'AAPL',
  'instrument-type': 'Equity',
  indicator: 'last',
  comparator: 'lte',
  threshold: '0.01',
  'price-components': [{ symbol: 'AAPL', 'instrument-type': 'Equity', quantity: 1, 'quantity-direction': 'Long' }],
};
const conditional = limit(-124.55, [['Buy to Open', 1, 'AAPL']], { rules: { conditions: [condition] } });
const oco = {
  type: 'OCO',
  orders: [
    limit(900, [['Sell to Close', 1, 'AAPL']], { 'time-in-force': 'GTC' }),
    {
      ...market([['Sell to Close', 1, 'AAPL']], { 'time-in-force': 'GTC' }),
      'order-type': 'Stop',
      'stop-trigger': '1.0',
    },
  ],
};

type Case = { readonly name: string; readonly made: (bench: Bench) => unknown; readonly expected?: () => unknown };

/** `rules` and the old waiting state of 2023 dry runs are gone from newer recordings. */
const oldDryRun = (name: string): unknown => ({
  ...(sample(name) as WireObject),
  order: withoutKeys(field(sample(name), 'order'), 'rules', 'contingent-status', 'value-effect'),
});

const CASES: readonly Case[] = [
  { name: 'accounts.balances-cert-2025', made: ({ desk, account }) => desk.balances(account) },
  { name: 'accounts.trading-status', made: ({ desk, account }) => desk.tradingStatus(account) },
  { name: 'doc.trading_status', made: ({ desk, account }) => desk.tradingStatus(account) },
  { name: 'accounts.position-limit', made: ({ desk, account }) => desk.positionLimit(account) },
  {
    name: 'accounts.net-liq-history',
    made: ({ desk, account }) => desk.netLiqHistory(account, { timeBack: '1d' })[0],
    expected: () => first('accounts.net-liq-history'),
  },
  {
    name: 'accounts.customer-me-accounts',
    made: ({ desk, account }) => desk.account(account),
    expected: () => field(first('accounts.customer-me-accounts'), 'account'),
  },
  {
    name: 'cert2026.accounts',
    made: ({ desk, account }) => desk.account(account),
    expected: () => field(first('cert2026.accounts'), 'account'),
  },
  {
    name: 'cert2026.customer',
    made: ({ desk }) => desk.customer('margin').wire,
    expected: () => withoutKeys(sample('cert2026.customer'), 'permitted-account-types'),
  },
  {
    name: 'accounts.positions-cert-2025-2026',
    made: ({ desk, account }) => desk.positions(account, { includeMarks: true, includeClosed: false })[0],
    expected: () => withoutKeys(list(sample('accounts.positions-cert-2025-2026'), 'items')[1], 'multiplier'),
  },
  {
    name: 'transactions.list',
    made: ({ desk, account }) => desk.transactions(account, { instrumentType: 'Equity Option' })[0],
    expected: () => first('transactions.list'),
  },
  {
    name: 'transactions.one',
    made: ({ desk, account }) => desk.transactions(account, { instrumentType: 'Equity Option' })[0],
  },
  { name: 'transactions.total-fees', made: ({ desk, account }) => desk.totalFees(account) },
  {
    name: 'doc.transactions_listing (a money movement)',
    made: ({ desk, account }) => desk.transactions(account, { types: ['Money Movement'] })[0],
    expected: () =>
      withoutKeys(
        list(sample('doc.transactions_listing'), 'items')[2],
        'symbol',
        'instrument-type',
        'underlying-symbol',
      ),
  },
  {
    name: 'orders.submit-response-cert-2025',
    made: (bench) => accepted(bench.submit(market([['Buy to Open', 1, 'AAPL']]))),
  },
  { name: 'orders.dry-run-ok', made: dryRun, expected: () => oldDryRun('orders.dry-run-ok') },
  { name: 'doc.order_dry_run', made: (bench) => accepted(bench.dryRun(limit(2.9, SPREAD))) },
  {
    name: 'orders.dry-run-422-both-data-and-error',
    made: (bench) => bench.submit(limit(-200, [['Buy to Open', 2000, 'AAPL']])),
    expected: () => ({ data: sample('orders.dry-run-422-both-data-and-error') }),
  },
  { name: 'orders.get-one', made: (bench) => bench.order(bench.place(conditional)) },
  {
    name: 'orders.live',
    made: (bench) => [bench.order(bench.place(conditional))],
    expected: () => list(sample('orders.live'), 'items'),
  },
  {
    name: 'orders.cancel-response',
    made: (bench) => accepted(bench.desk.cancel(bench.account, bench.place(conditional))),
  },
  {
    name: 'account-streamer.order.documented',
    made: ({ desk, account }) => desk.orders(account, { statuses: ['Filled'] })[0],
    expected: () => withoutKeys(sample('account-streamer.order.documented'), 'user-id', 'username'),
  },
  {
    name: 'mcp2026.complex-dry-run-oco',
    made: (bench) => accepted(createBench().desk.submitComplex(bench.account, oco, { dryRun: true })),
    expected: () => ({ ...(sample('mcp2026.complex-dry-run-oco') as WireObject) }),
  },
  { name: 'margin.effective', made: ({ desk, account }) => desk.effectiveMargin(account, 'AAPL') },
  { name: 'margin.account-requirements-2023', made: ({ desk, account }) => desk.marginRequirements(account) },
  {
    name: 'watchlists.create',
    made: ({ desk }) => accepted(desk.putWatchlist('paper-one', sample('watchlists.create'), { create: true })),
  },
  {
    name: 'watchlists.pairs',
    made: ({ desk }) => desk.pairsWatchlists(),
    expected: () => list(sample('watchlists.pairs'), 'items'),
  },
  {
    name: 'watchlists.public',
    made: ({ desk }) => desk.publicWatchlists(),
    expected: () => list(sample('watchlists.public'), 'items'),
  },
  {
    name: 'watchlists.delete-raw-snake-case',
    made: ({ desk }) => accepted(desk.deleteWatchlist('paper-one', 'Core Holdings')),
    expected: () => withoutKeys(sample('watchlists.delete-raw-snake-case'), 'created_at', 'updated_at'),
  },
];

describe.runIf(samplesAreHere)('every key of the recorded answers, in its own type', () => {
  it.each(CASES)('$name', ({ name, made, expected }) => {
    const bench = traded();
    expect(differences(made(bench), expected === undefined ? sample(name.split(' ')[0] ?? name) : expected())).toEqual(
      [],
    );
  });

  it('has the 58 keys of the recorded balance and no others', () => {
    const { desk, account } = createBench();
    const keys = Object.keys(desk.balances(account)).toSorted();
    expect(keys).toEqual(Object.keys(sample('accounts.balances-cert-2025') as WireObject).toSorted());
    expect(keys).toHaveLength(58);
  });

  it('has the keys of the recorded snapshot and no others', () => {
    const bench = createBench();
    bench.pass(26 * 3_600_000);
    const keys = Object.keys(bench.desk.balanceSnapshots(bench.account)[0] ?? {}).toSorted();
    expect(keys).toEqual(Object.keys(first('accounts.balance-snapshots') as WireObject).toSorted());
  });
});

it.skipIf(samplesAreHere)('recorded samples are not on this machine: shapes are not compared', () => undefined);
