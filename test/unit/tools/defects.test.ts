import { describe, expect, it } from 'vitest';
import type { OrderRequest } from '../../../src/broker/model/order.ts';
import { brokerSymbol, isoDate } from '../../../src/broker/model/symbol.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { ACCOUNT, createBench, registry } from '../../support/fake-broker-bench.ts';
import { NICKEL_DIME, chainOf, expiration, instrument, option } from '../../support/fake-broker-market.ts';

/**
 * The defects of the original server, by the numbers of the survey that found them. Elsewhere: B10 (the chain cache) and B12
 * (the socket pool) in test/integration/gateway/market-data, B14 (host and port) in test/e2e/first-minutes. B8 and B16 are
 * defects of a scheduled agent and a chat program, which this gateway does not have.
 */

const leg = (strike: number, action: string, quantity: number) => ({
  symbol: 'XYZ',
  option_type: 'P',
  strike_price: strike,
  expiration_date: '2026-12-18',
  action,
  quantity,
});

function desk() {
  const bench = createBench();
  const put = (strike: number) =>
    option({ root: 'XYZ', date: '2026-12-18', side: 'P', strike, changes: { ticks: NICKEL_DIME } });
  bench.state.instruments = [instrument('Equity', 'SPY'), put(50), put(45)];
  Object.assign(bench.state.quotes, {
    SPY: { bid: '600.10', ask: '600.12' },
    '.XYZ261218P50': { bid: '2.11', ask: '2.17' },
    '.XYZ261218P45': { bid: '1.00', ask: '1.02' },
  });
  const sent = (): OrderRequest[] => bench.callsTo('orders.place').map(({ args }) => args[1] as OrderRequest);
  return { ...bench, sent };
}

const spread = (lots: number) => [leg(50, 'Sell to Open', lots), leg(45, 'Buy to Open', lots)];

describe('the defects of the original', () => {
  it('B1: a null price is found from the quotes', async () => {
    const { ask, sent } = desk();
    await ask('place_order', { legs: spread(1), price: null });
    expect(sent()).toMatchObject([{ price: '1.15', orderType: 'Limit' }]);
  });

  it('B2: ten lots are priced like one, and a hundred shares like a share', async () => {
    const { ask, sent } = desk();
    await ask('place_order', { legs: spread(1) });
    await ask('place_order', { legs: spread(10) });
    await ask('place_order', { legs: [{ symbol: 'SPY', action: 'Buy', quantity: 1 }] });
    await ask('place_order', { legs: [{ symbol: 'SPY', action: 'Buy', quantity: 100 }] });
    expect(sent().map((order) => order.price)).toEqual(['1.15', '1.15', '-600.11', '-600.11']);
  });

  it('B3: prices keep the step of the instrument, found or given', async () => {
    const { ask, sent, refusal } = desk();
    await ask('place_order', { legs: [leg(50, 'Buy to Open', 1)] });
    expect(sent()).toMatchObject([{ price: '-2.1' }]);
    expect(await refusal('place_order', { legs: [leg(50, 'Buy to Open', 1)], price: -2.13 })).toMatchObject({
      details: { nearest: ['-2.15', '-2.1'] },
    });
  });

  it.each(['Buy', 'buy', 'BUY', ' Buy ', 'Buy to Open', 'buy to open'])(
    'B4: a stock order with action %j never sells',
    async (action) => {
      const { ask, sent } = desk();
      await ask('place_order', { legs: [{ symbol: 'SPY', action, quantity: 1 }], price: -600 });
      expect(sent()[0]?.legs).toMatchObject([{ action: 'Buy to Open' }]);
    },
  );

  it.each(['purchase', 'Buy now', 'B', 'long', ''])('B4: a stock order with action %j is refused', async (action) => {
    const { refusal, sent } = desk();
    expect(await refusal('place_order', { legs: [{ symbol: 'SPY', action, quantity: 1 }], price: -600 })).toMatchObject(
      {
        code: 'invalid_input',
      },
    );
    expect(sent()).toEqual([]);
  });

  it('B5: 501 transactions over 3 pages all come back', async () => {
    const { ask, state } = desk();
    state.transactions = Array.from({ length: 501 }, (_, at) => ({
      id: String(at),
      type: 'Trade',
      executedAt: epochMs(at),
    }));
    const { transactions, ...page } = await ask<{ transactions: { id: string }[] }>('get_transaction_history');
    expect(new Set(transactions.map(({ id }) => id)).size).toBe(501);
    expect(page).toMatchObject({ total: 501 });
    expect(page).not.toHaveProperty('next_offset');
  });

  it('B5: more than fit one answer are reached by offset, none twice and none left out', async () => {
    const { ask, state } = desk();
    state.transactions = Array.from({ length: 2301 }, (_, at) => ({
      id: String(at),
      type: 'Trade',
      executedAt: epochMs(at),
    }));
    const seen: string[] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const data: { transactions: { id: string }[]; next_offset?: number } = await ask('get_transaction_history', {
        offset,
      });
      seen.push(...data.transactions.map(({ id }) => id));
      offset = data.next_offset;
    }
    expect(seen).toEqual(state.transactions.map(({ id }) => id));
  });

  it('B5: 120 orders all come back', async () => {
    const { ask, state } = desk();
    const order = {
      account: ACCOUNT,
      status: 'Filled',
      orderType: 'Limit',
      timeInForce: 'Day',
      legs: [],
      isCancellable: false,
      isEditable: false,
    };
    state.orders = Array.from({ length: 120 }, (_, at) => ({ ...order, id: String(at) }));
    const { orders } = await ask<{ orders: object[] }>('get_order_history');
    expect(orders).toHaveLength(120);
  });

  it.each(['get_quotes', 'get_greeks'])('B6: %s ends by one deadline, however busy another symbol is', async (tool) => {
    const { run, state, clock } = desk();
    // Busy: a new quote every quarter of a second, as long as anybody waits.
    const busy = clock.every(250, () => {
      state.quotes['SPY'] = { bid: decimal('600.10'), ask: decimal('600.12') };
    });
    const spec = { symbol: 'XYZ', option_type: 'P', strike_price: 45, expiration_date: '2026-12-18' };
    delete state.quotes['.XYZ261218P45'];
    const args = tool === 'get_quotes' ? { instruments: [spec, { symbol: 'SPY' }] } : { options: [spec] };
    const before = clock.monotonicMs();
    const outcome = await run(tool, { ...args, timeout: 4 });
    busy.cancel();
    expect(clock.monotonicMs() - before).toBeLessThanOrEqual(4500);
    expect(outcome).toMatchObject({ kind: 'answer' });
    expect(JSON.stringify(outcome)).toContain('no-data-before-deadline');
  });

  it('B7: one bad symbol costs its own line, not the batch', async () => {
    const { ask } = desk();
    const { quotes } = await ask<{ quotes: object[] }>('get_quotes', {
      instruments: [{ symbol: 'NOPE' }, { symbol: 'SPY' }],
    });
    expect(quotes).toMatchObject([
      { symbol: 'NOPE', error: { code: 'not_found' } },
      { symbol: 'SPY', mid: '600.11' },
    ]);
  });

  it('B9: the market is open when the session of the broker says so, and a failure to ask is not "open"', async () => {
    const { ask, refusal, state, fail } = desk();
    state.sessions = [{ market: 'Equity', state: 'Closed' }];
    expect(await ask('market_status')).toMatchObject({ markets: [{ status: 'Closed', is_open: false }] });
    fail('reference.sessions', new GatewayError('broker_unavailable', 'Down.'));
    expect(await refusal('market_status')).toMatchObject({ code: 'broker_unavailable' });
    expect(await refusal('place_order', { legs: spread(1) })).toMatchObject({ code: 'broker_unavailable' });
  });

  it('B11: no tool reaches the broker without being admitted', async () => {
    const { createRunTool } = await import('../../../src/tools/run-tool.ts');
    const { silentClient } = await import('../../../src/tools/client-channel.ts');
    const { context, clock, calls } = desk();
    const refused = new GatewayError('rate_limited', 'Too many.');
    const runTool = createRunTool({
      clock,
      admit: () => Promise.reject(refused),
      audit: async () => {},
      metrics: () => {},
    });
    for (const tool of registry.tools) {
      expect(await runTool(tool, { args: {}, context, client: silentClient })).toMatchObject({
        error: { code: 'rate_limited' },
      });
    }
    expect(calls).toEqual([]);
  });

  it('B13: a holiday is one by the New York date, also in the evening', async () => {
    // 2026-11-26 21:00 in New York, when it is the 27th in UTC.
    const bench = createBench({ startMs: Date.parse('2026-11-27T02:00:00Z') });
    bench.state.sessions = [{ market: 'Equity', state: 'Closed' }];
    bench.state.holidays = { Equity: { holidays: [isoDate('2026-11-26')], halfDays: [isoDate('2026-11-27')] } };
    expect(await bench.ask('market_status')).toMatchObject({ markets: [{ is_holiday: true, is_half_day: false }] });
    await bench.ask('get_transaction_history', { days: 0 });
    expect(bench.callsTo('history.transactions')[0]?.args[1]).toMatchObject({ startDate: '2026-11-26' });
  });

  it('B15: only a list that is not there is made; any other failure ends the call', async () => {
    const { refusal, fail, callsTo } = desk();
    fail('watchlists.getPrivate', new GatewayError('reconnect_needed', 'The broker does not accept the login.'));
    const symbols = [{ symbol: 'SPY', instrument_type: 'Equity' }];
    expect(await refusal('manage_private_watchlist', { action: 'add', symbols })).toMatchObject({
      code: 'reconnect_needed',
    });
    expect([...callsTo('watchlists.create'), ...callsTo('watchlists.replace')]).toEqual([]);
  });

  it('B17: a replacement has a dry run, and a slip of the sign is refused', async () => {
    const { ask, refusal, state, callsTo } = desk();
    const legs = [
      {
        symbol: brokerSymbol('XYZ   261218P00050000'),
        type: 'Equity Option',
        action: 'Sell to Open',
        quantity: decimal(1),
        fills: [],
      },
    ];
    const other = {
      symbol: brokerSymbol('XYZ   261218P00045000'),
      type: 'Equity Option',
      action: 'Buy to Open',
      quantity: decimal(1),
      fills: [],
    };
    state.orders = [
      {
        id: '9',
        account: ACCOUNT,
        status: 'Live',
        orderType: 'Limit',
        timeInForce: 'Day',
        price: decimal('1.15'),
        legs: [...legs, other],
        isCancellable: true,
        isEditable: true,
      },
    ];
    expect(await ask('replace_order', { order_id: '9', price: 1.2, dry_run: true })).toMatchObject({
      outcome: 'would_be_accepted',
    });
    expect(await refusal('replace_order', { order_id: '9', price: -1.2 })).toMatchObject({ code: 'invalid_input' });
    expect(callsTo('orders.replace')).toEqual([]);
  });

  it('B18: every answer is bounded, whatever the broker holds', async () => {
    const { run, state } = desk();
    const long = 'x'.repeat(10_000);
    state.matches = Array.from({ length: 5000 }, () => ({ symbol: brokerSymbol('A'), description: long }));
    state.publicLists = Array.from({ length: 500 }, (_, at) => ({
      name: `${at} ${long}`,
      entries: Array.from({ length: 3000 }, () => ({ symbol: brokerSymbol('AAPL'), instrumentType: 'Equity' })),
    }));
    state.transactions = Array.from({ length: 20_000 }, (_, at) => ({
      id: String(at),
      type: 'Trade',
      description: long,
      executedAt: epochMs(0),
    }));
    state.chains['SPY'] = chainOf(
      'SPY',
      Array.from({ length: 500 }, () => expiration('SPY', '2026-12-18', [1])),
    );
    const calls = [
      ['search_symbols', { symbol: 'a', limit: 200 }],
      ['get_watchlists', { watchlist_type: 'public', limit: 50 }],
      ['get_transaction_history', {}],
      ['get_option_chain', { symbol: 'SPY', limit: 200 }],
    ] as const;
    for (const [tool, args] of calls) {
      const outcome = await run(tool, args);
      expect(outcome.kind, tool).toBe('answer');
      expect(JSON.stringify(outcome).length, tool).toBeLessThan(400_000);
      expect(outcome.kind === 'answer' && outcome.text.length, tool).toBeLessThan(6000);
    }
  });

  it('B18: a reader can change nothing', async () => {
    const bench = createBench({ scopes: ['read'] });
    for (const { name, scope } of registry.tools) {
      if (scope !== 'read') expect(await bench.refusal(name)).toMatchObject({ code: 'insufficient_scope' });
    }
    expect(bench.calls).toEqual([]);
  });
});
