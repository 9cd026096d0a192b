import { describe, expect, it } from 'vitest';
import type { PlacedOrder } from '../../../src/broker/model/order.ts';
import { brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createCancelWorker } from '../../../src/orders/cancel-worker.ts';
import type { CancelTarget } from '../../../src/orders/cancel-worker.ts';
import type { CancelRequestRow } from '../../../src/storage/stores/cancel-requests.ts';
import { ACCOUNT } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { placedOrder } from '../../support/placed-orders.ts';
import { account } from '../../support/tenant-broker.ts';
import { desk } from '../tools/order-desk.ts';

const order = (id: string, changes: Partial<PlacedOrder> = {}): PlacedOrder =>
  placedOrder(id, { underlying: brokerSymbol('SPY'), ...changes });

const request = (changes: Partial<CancelRequestRow> = {}): CancelRequestRow => ({
  id: 'r1',
  scope: 'global',
  tenantId: null,
  account: null,
  symbol: null,
  reason: 'test',
  by: 'ops',
  createdAt: 0,
  claimedUntil: null,
  doneAt: null,
  result: null,
  ...changes,
});

/** Requests that wait, as the database keeps them: claimed for a while, finished once. */
function queue(...rows: CancelRequestRow[]) {
  let waiting = rows;
  const results: Record<string, string> = {};
  return {
    results,
    async claim(now: number, leaseMs: number) {
      const free = waiting.find(({ claimedUntil, doneAt }) => doneAt === null && (claimedUntil ?? 0) <= now);
      if (free === undefined) return undefined;
      const claimed = { ...free, claimedUntil: now + leaseMs };
      waiting = waiting.map((row) => (row.id === free.id ? claimed : row));
      return claimed;
    },
    async finish(id: string, result: string, at: number) {
      waiting = waiting.map((row) => (row.id === id ? { ...row, doneAt: at } : row));
      results[id] = result;
      return true;
    },
  };
}

type Open = (tenantId: string, signal: AbortSignal) => Promise<CancelTarget>;

function workerOver(bench: Bench, requests: ReturnType<typeof queue>, open: Partial<Record<string, Open>> = {}) {
  const usual: Open = async () => ({ accounts: [account(ACCOUNT)], context: bench.context });
  const names = Object.keys(open).length === 0 ? ['demo'] : Object.keys(open);
  return createCancelWorker({
    requests,
    tenantsOf: async () => names.map((name) => ({ id: name, name })),
    openTarget: (id, signal) => (open[id] ?? usual)(id, signal),
    clock: bench.clock,
    log: silentLog,
  });
}

const cancels = (bench: Bench): unknown[] => bench.callsTo('orders.cancel').map(({ args }) => args[1]);

describe('the cancel worker', () => {
  it('carries out a request by itself, once, and writes down what came of it', async () => {
    const bench = desk();
    bench.state.orders = [order('1'), order('2'), order('3', { status: 'Filled' })];
    const requests = queue(request());
    const worker = workerOver(bench, requests);
    await bench.clock.advance(30_000);
    expect(cancels(bench)).toEqual(['1', '2']);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 2 of 2' });
    await worker.close();
  });

  it('looks a second time, for what was on its way', async () => {
    const bench = desk();
    bench.state.orders = [order('1')];
    const requests = queue(request());
    const worker = workerOver(bench, requests);
    bench.clock.after(4000, () => void bench.state.orders.push(order('2')));
    await bench.clock.advance(30_000);
    expect(cancels(bench)).toEqual(['1', '2']);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 2 of 2' });
    await worker.close();
  });

  it('counts once what could be cancelled at the second look only', async () => {
    const bench = desk();
    bench.state.orders = [order('1', { status: 'In Flight', isCancellable: false })];
    const requests = queue(request());
    const worker = workerOver(bench, requests);
    bench.clock.after(4000, () => {
      bench.state.orders = [order('1')];
    });
    await bench.clock.advance(30_000);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 1 of 1' });
    await worker.close();
  });

  it('keeps to the symbol and the account that were asked for', async () => {
    const bench = desk();
    bench.state.orders = [order('1'), order('2', { underlying: brokerSymbol('QQQ') })];
    const requests = queue(request({ symbol: 'QQQ' }), request({ id: 'r2', account: '5WT00009' }));
    const worker = workerOver(bench, requests);
    await bench.clock.advance(30_000);
    expect(cancels(bench)).toEqual(['2']);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 1 of 1', r2: 'demo: cancelled 0 of 0' });
    await worker.close();
  });

  it('goes on with the next tenant when one cannot be reached, and says so', async () => {
    const bench = desk();
    bench.state.orders = [order('1')];
    const requests = queue(request());
    const down: Open = () => Promise.reject(new GatewayError('reconnect_needed', 'The login has ended.'));
    const here: Open = async () => ({ accounts: [account(ACCOUNT)], context: bench.context });
    const worker = workerOver(bench, requests, { a: down, b: here });
    await bench.clock.advance(30_000);
    expect(cancels(bench)).toEqual(['1']);
    expect(requests.results['r1']).toBe(
      'a: not all cancelled, The login has ended. [reconnect_needed]\nb: cancelled 1 of 1',
    );
    await worker.close();
  });

  it('carries on with trading stopped and a plan that asks for everything', async () => {
    const bench = desk();
    bench.state.orders = [order('1')];
    bench.ledger.setStop({ scope: 'global', isOn: 1, reason: 'test', by: 'ops', at: 0 });
    const strict = bench.as({ plan: { confirm: 'always', closingOnly: true, ordersPerMinute: 0 } }).context;
    const requests = queue(request());
    const worker = workerOver(bench, requests, {
      demo: async () => ({ accounts: [account(ACCOUNT)], context: strict }),
    });
    await bench.clock.advance(30_000);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 1 of 1' });
    await worker.close();
  });

  it('leaves a request unfinished when it is closed, for another replica', async () => {
    const bench = desk();
    const requests = queue(request());
    const worker = workerOver(bench, requests, { demo: () => new Promise(() => {}) });
    await bench.clock.advance(1000);
    const closed = worker.close();
    await bench.clock.advance(2000);
    await closed;
    expect(requests.results).toEqual({});
    bench.state.orders = [order('1')];
    const other = workerOver(bench, requests);
    await bench.clock.advance(400_000);
    expect(requests.results).toEqual({ r1: 'demo: cancelled 1 of 1' });
    await other.close();
  });

  it('says so when there is nobody to cancel for', async () => {
    const bench = desk();
    const requests = queue(request({ tenantId: 'gone' }));
    const worker = createCancelWorker({
      requests,
      tenantsOf: async () => [],
      openTarget: () => Promise.reject(new Error('not asked')),
      clock: bench.clock,
      log: silentLog,
    });
    await bench.clock.advance(2000);
    expect(requests.results).toEqual({ r1: 'There is no tenant to cancel for.' });
    await worker.close();
  });
});
