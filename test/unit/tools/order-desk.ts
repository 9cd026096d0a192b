import type { Position } from '../../../src/broker/model/account.ts';
import type { ComplexRequest, OrderRequest } from '../../../src/broker/model/order.ts';
import { brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';
import type { PlanChanges } from '../../../src/tenancy/plan/plan.ts';
import { ACCOUNT, createBench } from '../../support/fake-broker-bench.ts';
import type { Bench } from '../../support/fake-broker-bench.ts';
import { NICKEL_DIME, instrument, option } from '../../support/fake-broker-market.ts';

export const DATE = '2026-12-18';
export const call = (strike: number, action: string, quantity: unknown = 1) => ({
  symbol: 'SPY',
  option_type: 'C',
  strike_price: strike,
  expiration_date: DATE,
  action,
  quantity,
});
export const stock = (action: string, quantity: unknown = 100) => ({ symbol: 'SPY', action, quantity });

/** A bench with stocks, options, a future and a coin, all of them quoted. */
export function desk(plan: PlanChanges = {}): Bench {
  const bench = createBench({ plan });
  const spy = (strike: number, changes = {}) => option({ root: 'SPY', date: DATE, side: 'C', strike, changes });
  bench.state.instruments = [
    instrument('Equity', 'SPY'),
    instrument('Equity', 'QQQ'),
    instrument('Index', 'VIX'),
    instrument('Future', '/ESZ6', { ticks: [{ step: decimal('0.25') }] }),
    instrument('Cryptocurrency', 'BTC/USD'),
    spy(600),
    spy(605),
    spy(610),
    spy(615, { isClosingOnly: true }),
    option({ root: 'XYZ', date: DATE, side: 'C', strike: 50, changes: { ticks: NICKEL_DIME } }),
  ];
  Object.assign(bench.state.quotes, {
    SPY: { bid: '600.10', ask: '600.13' },
    '/ESZ6': { bid: '6000', ask: '6000.25' },
    'BTC/USD': { bid: '90000', ask: '90010' },
    '.SPY261218C600': { bid: '12.30', ask: '12.40' },
    '.SPY261218C605': { bid: '9.10', ask: '9.20' },
    '.SPY261218C610': { bid: '6.60', ask: '6.70' },
    '.XYZ261218C50': { bid: '1.01', ask: '1.05' },
  });
  return bench;
}

/** Long when the quantity is above zero, short below. */
export const hold = (bench: Bench, symbol: string, quantity: number | string): void => {
  const amount = decimal(quantity);
  const position: Position = {
    account: ACCOUNT,
    symbol: brokerSymbol(symbol),
    type: 'Equity',
    underlying: brokerSymbol(symbol),
    quantity: amount.startsWith('-') ? decimal(amount.slice(1)) : amount,
    direction: amount.startsWith('-') ? 'Short' : 'Long',
  };
  bench.state.positions.push(position);
};

export const sent = (bench: Bench): OrderRequest[] =>
  bench.callsTo('orders.place').map(({ args }) => args[1] as OrderRequest);
export const sentComplex = (bench: Bench): ComplexRequest[] =>
  bench.callsTo('orders.placeComplex').map(({ args }) => args[1] as ComplexRequest);
