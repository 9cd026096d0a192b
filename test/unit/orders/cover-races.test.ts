import { describe, expect, it } from 'vitest';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';
import type { Carried } from '../../../src/orders/carry-out.ts';
import { placeOrder } from '../../../src/orders/place.ts';
import type { AskedPlace } from '../../../src/orders/proposal/propose-order.ts';
import { ACCOUNT } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { DATE, desk, hold, sent } from '../tools/order-desk.ts';

const leg = (strike: number, action: string) => ({
  spec: { symbol: 'SPY', optionSide: 'C' as const, strike: decimal(strike), expiration: isoDate(DATE) },
  action,
  quantity: decimal(1),
});
const coveredCall = (strike: number, price: string): AskedPlace => ({
  legs: [leg(strike, 'Sell to Open')],
  orderType: 'Limit',
  timeInForce: 'Day',
  price: decimal(price),
});
const spread = (price: string): AskedPlace => ({
  ...coveredCall(600, price),
  legs: [leg(600, 'Sell to Open'), leg(610, 'Buy to Open')],
});

/** At the same moment, so that each is judged before the other is at the broker. */
const together = (bench: Bench, orders: readonly AskedPlace[]): Promise<PromiseSettledResult<Carried>[]> =>
  bench.settle(
    Promise.allSettled(
      orders.map((asked) => placeOrder({ asked, terms: { allowDuplicate: true } }, ACCOUNT, bench.context)),
    ),
  );

const refusals = (results: readonly PromiseSettledResult<Carried>[]): unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));

describe('cover that two orders of one moment lean on', () => {
  it('is taken once: the other is told to ask again', async () => {
    const bench = desk();
    hold(bench, 'SPY', 100);
    const results = await together(bench, [coveredCall(600, '12.35'), coveredCall(605, '9.15')]);
    expect(sent(bench)).toHaveLength(1);
    expect(refusals(results)).toMatchObject([
      { code: 'limit_unreadable', retry: 'later', details: { rule: 'undefined_risk' } },
    ]);
  });

  it('is judged anew a little later, when the first shows among the working orders', async () => {
    const bench = desk();
    hold(bench, 'SPY', 100);
    await together(bench, [coveredCall(600, '12.35')]);
    await bench.clock.advance(15_000);
    const [refused] = refusals(await together(bench, [coveredCall(605, '9.15')]));
    expect(refused).toMatchObject({ code: 'limit_exceeded', details: { rule: 'undefined_risk' } });
    expect(sent(bench)).toHaveLength(1);
  });

  it('is no matter for orders that cover themselves', async () => {
    const bench = desk();
    hold(bench, 'SPY', 100);
    const results = await together(bench, [spread('5.50'), spread('5.45'), spread('5.40')]);
    expect(refusals(results)).toEqual([]);
    expect(sent(bench)).toHaveLength(3);
  });

  it('is no matter where the plan allows undefined risk', async () => {
    const bench = desk({ undefinedRisk: true });
    hold(bench, 'SPY', 100);
    expect(refusals(await together(bench, [coveredCall(600, '12.35'), coveredCall(605, '9.15')]))).toEqual([]);
  });
});

describe('what an order asks of the broker', () => {
  it('is one look at the holdings, however much hangs on them', async () => {
    const bench = desk();
    await bench.ask('place_order', { legs: [{ symbol: 'SPY', action: 'Buy', quantity: 1 }], price: -600 });
    expect(bench.callsTo('accounts.holdings')).toHaveLength(1);
    expect(bench.callsTo('accounts.positions')).toEqual([]);
  });
});
