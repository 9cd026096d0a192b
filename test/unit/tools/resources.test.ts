import { describe, expect, it } from 'vitest';
import { ACCOUNT_PARTS } from '../../../src/broker/model/account-change.ts';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { silentClient } from '../../../src/tools/client-channel.ts';
import type { ToolOutcome } from '../../../src/tools/define-tool.ts';
import { checkAsTool, readAsTool } from '../../../src/tools/resource-as-tool.ts';
import { createRunTool } from '../../../src/tools/run-tool.ts';
import type { ToolAuditEntry } from '../../../src/tools/tool-ports.ts';
import { findResource } from '../../../src/transports/mcp/find-resource.ts';
import { type Bench, createBench, registry } from '../../support/fake-broker-bench.ts';
import { instrument, option, optionStreamer } from '../../support/fake-broker-market.ts';
import { placedOrder } from '../../support/placed-orders.ts';
import { account } from '../../support/tenant-broker.ts';

const catalogue = registry.catalogueFor(new Set(['read']));
const CALL = { root: 'SPY', date: '2026-12-18', side: 'C', strike: 600 } as const;

function found(uri: string) {
  const resource = findResource(catalogue, uri);
  if (resource === undefined) throw new RangeError(`Nothing is at ${uri}`);
  return resource;
}

function market(): Bench {
  const bench = createBench();
  bench.state.instruments.push(
    instrument('Equity', 'SPY'),
    instrument('Index', 'SPX'),
    instrument('Future', '/ESZ6'),
    instrument('Cryptocurrency', 'BTC/USD'),
    option(CALL),
  );
  return bench;
}

async function readJson(bench: Bench, uri: string): Promise<unknown> {
  const body = await bench.settle(found(uri).read(bench.context));
  expect(body).toMatchObject({ uri, mimeType: 'application/json' });
  return JSON.parse('text' in body ? body.text : '');
}

const codeOf = async (bench: Bench, work: Promise<unknown>): Promise<unknown> =>
  bench.settle(work).then(
    () => 'nothing was thrown',
    (error: unknown) => (error instanceof GatewayError ? error.code : error),
  );

describe('the live side as resources', () => {
  it('is listed by its templates', () => {
    expect(catalogue.resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
      'quote://{symbol}',
      'account://{number}/positions',
      'account://{number}/balances',
      'account://{number}/orders',
    ]);
    expect(registry.catalogueFor(new Set(['trade'])).resourceTemplates).toEqual([]);
    expect(registry.offers.resources).toBe(true);
  });

  it('has at each address what the tool of the same kind answers', async () => {
    const bench = market();
    bench.state.balances = { currency: 'USD', amounts: { 'cash-balance': decimal('10.5') } };
    bench.state.orders.push(placedOrder('1'));
    bench.state.quotes['SPY'] = { bid: decimal('600'), ask: decimal('600.1') };
    bench.state.trades['SPY'] = { price: decimal('600.05') };
    for (const [uri, tool, args] of [
      ['account://5WT00001/positions', 'get_positions', { limit: 500 }],
      ['account://5WT00001/balances', 'get_balances', {}],
      ['account://5WT00001/orders', 'get_live_orders', { limit: 500 }],
      ['quote://SPY', 'get_quotes', { instruments: [{ symbol: 'SPY' }] }],
    ] as const) {
      expect(await readJson(bench, uri)).toEqual(await bench.ask(tool, args));
    }
  });

  it('lists the open accounts that the caller has, and no others', async () => {
    const bench = createBench();
    bench.state.accounts.push(
      account('5WT00009', { isClosed: true }),
      account('5WT00002', { nickname: 'Sav\u0007ings' }),
    );
    const lists = await Promise.all(catalogue.resourceTemplates.map(async ({ list }) => list?.(bench.context)));
    expect(lists.flat().filter((listing) => listing !== undefined)).toEqual(
      [
        ['positions', 'Open positions'],
        ['balances', 'Balances'],
        ['orders', "Today's and working orders"],
      ].flatMap(([part, title]) => [
        { uri: `account://5WT00001/${part}`, title: `${title} of 5WT00001` },
        { uri: `account://5WT00002/${part}`, title: `${title} of 5WT00002 (Sav ings)` },
      ]),
    );
  });

  it('finds nothing for what is not an address of theirs', () => {
    for (const uri of [
      '',
      'quote://',
      'quote://SPY/x',
      'quote:SPY',
      'QUOTE://SPY',
      'quote://%E0%A4%A',
      'account://5WT00001',
      'account://5WT00001/',
      'account://5WT00001/transactions',
      'account://5WT00001/positions/',
      'account://a/b/positions',
      `quote://${'A'.repeat(600)}`,
    ]) {
      expect([uri, findResource(catalogue, uri)]).toEqual([uri, undefined]);
    }
  });

  it('is not there, in the same words, for an account of somebody else, and for one that cannot be', async () => {
    const bench = createBench();
    for (const number of ['5WT99999', 'x'.repeat(40), '..%2F..', '%00', '5WT00001%20']) {
      for (const part of ACCOUNT_PARTS) {
        const resource = found(`account://${number}/${part}`);
        expect(await codeOf(bench, resource.read(bench.context))).toBe('not_found');
        expect(await codeOf(bench, resource.check(bench.context))).toBe('not_found');
        const watching = resource.watch?.(bench.context, { changed() {}, ended() {} });
        expect(await codeOf(bench, watching ?? Promise.resolve())).toBe('not_found');
      }
    }
    expect(bench.calls.map(({ operation }) => operation)).not.toContain('accounts.positions');
  });
});

describe('a quote as a resource', () => {
  it('is found by any symbol, percent-encoded, in any case', async () => {
    const bench = market();
    for (const [uri, symbol] of [
      ['quote://spy', 'SPY'],
      ['quote://%2FESZ6', '/ESZ6'],
      ['quote://BTC%2FUSD', 'BTC/USD'],
      [`quote://${encodeURIComponent('SPY   261218C00600000')}`, 'SPY   261218C00600000'],
    ] as const) {
      bench.state.quotes[symbol] = { bid: decimal(1), ask: decimal(2) };
      bench.state.quotes[optionStreamer(CALL)] = { bid: decimal(1), ask: decimal(2) };
      bench.state.trades[symbol] = { price: decimal(1) };
      expect(await readJson(bench, uri)).toMatchObject({ quotes: [{ symbol, bid: '1', ask: '2' }] });
      expect(await codeOf(bench, found(uri).check(bench.context))).toBe('nothing was thrown');
    }
  });

  it('is not there for a symbol that the broker does not know, and for what cannot be one', async () => {
    const bench = market();
    for (const uri of ['quote://NONESUCH', 'quote://%2E%2E', 'quote://A%0AB', `quote://${'A'.repeat(100)}`]) {
      const resource = found(uri);
      expect(await codeOf(bench, resource.read(bench.context))).toBe('not_found');
      expect(await codeOf(bench, resource.check(bench.context))).toBe('not_found');
    }
  });

  it('says why it has no value, as the tool does', async () => {
    const bench = market();
    expect(await readJson(bench, 'quote://SPY')).toMatchObject({ quotes: [{ error: { code: 'quote_unavailable' } }] });
  });

  it('tells of what a reader would see change, and of nothing else', async () => {
    const bench = market();
    let changes = 0;
    let ends = 0;
    const stop = await found('quote://SPY').watch?.(bench.context, {
      changed: () => (changes += 1),
      ended: () => (ends += 1),
    });
    expect(bench.watchers.watched()).toEqual(['Quote SPY', 'Trade SPY']);
    const tell = (bid: number) => bench.watchers.tell('SPY', { kind: 'Quote', bid: decimal(bid), ask: decimal(2) });
    for (const bid of [1, 1, 1, 2, 2, 1]) tell(bid);
    expect(changes).toBe(3);
    bench.watchers.tell('SPY', { kind: 'Trade', price: decimal(5) });
    bench.watchers.tell('SPY', { kind: 'Trade', price: decimal(5), dayVolume: decimal(9) });
    expect(changes).toBe(4);
    stop?.();
    expect(bench.watchers.watched()).toEqual([]);
    expect(ends).toBe(0);
  });

  it('watches only what the instrument has, and ends with it', async () => {
    const bench = market();
    const ended: string[] = [];
    for (const [uri, watched] of [
      ['quote://SPX', ['Trade SPX']],
      [`quote://${encodeURIComponent('SPY   261218C00600000')}`, [`Quote ${optionStreamer(CALL)}`]],
    ] as const) {
      const stop = await found(uri).watch?.(bench.context, { changed() {}, ended: () => ended.push(uri) });
      expect(bench.watchers.watched()).toEqual(watched);
      bench.watchers.end(watched[0].split(' ').slice(1).join(' '));
      expect(ended).toContain(uri);
      stop?.();
    }
  });
});

describe('an account as a resource', () => {
  it('tells of changes of its own part of its own account', async () => {
    const bench = createBench();
    const told: string[] = [];
    const stops = await Promise.all(
      ACCOUNT_PARTS.map(async (part) =>
        found(`account://5WT00001/${part}`).watch?.(bench.context, { changed: () => told.push(part), ended() {} }),
      ),
    );
    bench.change({ account: accountNumber('5WT00001'), parts: ['orders'] });
    bench.change({ account: accountNumber('5WT00002'), parts: ACCOUNT_PARTS });
    expect(told).toEqual(['orders']);
    bench.change({ parts: ['balances', 'positions'] });
    expect(told.toSorted()).toEqual(['balances', 'orders', 'positions']);
    for (const stop of stops) stop?.();
    bench.change({ parts: ACCOUNT_PARTS });
    expect(told).toHaveLength(3);
  });
});

describe('the way of a resource', () => {
  function gate(bench: Bench, refuse?: GatewayError) {
    const audit: ToolAuditEntry[] = [];
    const counted: unknown[] = [];
    const run = createRunTool({
      clock: bench.clock,
      async admit() {
        if (refuse !== undefined) throw refuse;
      },
      audit: async (entry) => void audit.push(entry),
      metrics: ({ tool, method, outcome }) => counted.push([tool, method, outcome]),
    });
    const call = (tool: ReturnType<typeof readAsTool>, uri: string): Promise<ToolOutcome> =>
      bench.settle(run(tool, { args: { uri }, context: bench.context, client: silentClient }));
    return { audit, counted, call };
  }
  const URI = 'account://5WT00001/balances';

  it('is the way of all calls: limited, recorded before and after, and counted by its own method', async () => {
    const bench = createBench();
    const { audit, counted, call } = gate(bench);
    expect(await call(readAsTool(found(URI)), URI)).toMatchObject({
      kind: 'answer',
      content: [{ type: 'resource', resource: { uri: URI } }],
    });
    await call(checkAsTool(found('account://5WT99999/balances')), URI);
    expect(audit.map(({ event, tool, end }) => [event, tool, end])).toEqual([
      ['asked', 'resource:account_balances', undefined],
      ['answered', 'resource:account_balances', 'ok'],
      ['asked', 'resource:account_balances', undefined],
      ['answered', 'resource:account_balances', 'not_found'],
    ]);
    expect(counted).toEqual([
      ['resource:account_balances', 'resources/read', 'ok'],
      ['resource:account_balances', 'resources/subscribe', 'not_found'],
    ]);
  });

  it('asks the broker nothing for a call that is over its limit, or out of scope', async () => {
    const bench = createBench();
    const limited = gate(bench, new GatewayError('rate_limited', 'Too many.'));
    expect(await limited.call(readAsTool(found(URI)), URI)).toMatchObject({ error: { code: 'rate_limited' } });
    const reader = createBench({ scopes: ['trade'] });
    const { call, audit } = gate(reader);
    expect(await call(readAsTool(found(URI)), URI)).toMatchObject({ error: { code: 'insufficient_scope' } });
    expect(audit).toMatchObject([{ event: 'refused' }]);
    expect([...bench.calls, ...reader.calls]).toEqual([]);
  });
});
