import { describe, expect, it } from 'vitest';
import { brokerSymbol } from '../../../../src/broker/model/symbol.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import { legWords } from '../../../../src/orders/preview/leg-words.ts';
import { instrument } from '../../../support/fake-broker-market.ts';
import { BTC, ES, SPY, call, put, ticketOf } from '../limits/order-bench.ts';
import type { LegAsked } from '../limits/order-bench.ts';

const words = (leg: LegAsked, value?: string): string | undefined => {
  const ticket = ticketOf([leg], value === undefined ? {} : { value: decimal(value) });
  return ticket.legs.map((each) => legWords(each, ticket))[0];
};

describe('a leg in words', () => {
  it.each<[string, LegAsked]>([
    ['Buy to open 2 SPY 2026-12-18 600 calls', ['Buy to Open', 2, call(600)]],
    ['Sell to open 1 SPY 2026-12-18 590.5 put', ['Sell to Open', 1, put(590.5)]],
    ['Sell to close 100 shares of SPY', ['Sell to Close', 100, SPY]],
    ['Buy to open 1 share of SPY', ['Buy to Open', 1, SPY]],
    ['Buy 3 /ESZ6 futures', ['Buy', 3, ES]],
    ['Sell 1 /ESZ6 future', ['Sell', 1, ES]],
    ['Buy to open 0.25 BTC/USD', ['Buy to Open', '0.25', BTC]],
    ['Buy to open 2 W (Warrant)', ['Buy to Open', 2, instrument('Warrant', 'W')]],
    [
      'Buy to close 1 SPXW (on SPX) 2026-12-18 6000 call',
      [
        'Buy to Close',
        1,
        {
          ...call(6000),
          option: { ...call(6000, '2026-12-18', 'SPXW').option, underlying: brokerSymbol('SPX') } as never,
        },
      ],
    ],
  ])('%s', (expected, leg) => {
    expect(words(leg)).toBe(expected);
  });

  it('of an amount says the amount', () => {
    expect(words(['Buy to Open', undefined, SPY], '500')).toBe('Buy to open SPY for 500 dollars');
    expect(words(['Buy to Open', undefined, SPY])).toBe('Buy to open SPY for an unknown amount');
  });
});
