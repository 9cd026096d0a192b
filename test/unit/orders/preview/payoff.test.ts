import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokerSymbol } from '../../../../src/broker/model/symbol.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import { payoffOf } from '../../../../src/orders/preview/payoff.ts';
import type { Payoff } from '../../../../src/orders/preview/payoff.ts';
import { BTC, ES, SPY, call, put, ticketOf } from '../limits/order-bench.ts';
import type { LegAsked } from '../limits/order-bench.ts';

const payoff = (legs: readonly LegAsked[], price?: number | string): Payoff | undefined =>
  payoffOf({ ticket: ticketOf(legs), ...(price === undefined ? {} : { price: decimal(price) }) });

describe('the payoff', () => {
  it.each<[string, readonly LegAsked[], string, Payoff]>([
    [
      'a long call',
      [['Buy to Open', 2, call(600)]],
      '-5',
      { maxLoss: decimal(1000), maxProfit: 'unlimited', breakEvens: [decimal(605)] },
    ],
    [
      'a short call',
      [['Sell to Open', 1, call(600)]],
      '5',
      { maxLoss: 'unlimited', maxProfit: decimal(500), breakEvens: [decimal(605)] },
    ],
    [
      'a long put',
      [['Buy to Open', 1, put(600)]],
      '-5',
      { maxLoss: decimal(500), maxProfit: decimal(59_500), breakEvens: [decimal(595)] },
    ],
    [
      'a short put',
      [['Sell to Open', 1, put(600)]],
      '5',
      { maxLoss: decimal(59_500), maxProfit: decimal(500), breakEvens: [decimal(595)] },
    ],
    [
      'a debit spread',
      [
        ['Buy to Open', 3, call(600)],
        ['Sell to Open', 3, call(610)],
      ],
      '-4.25',
      { maxLoss: decimal(1275), maxProfit: decimal(1725), breakEvens: [decimal('604.25')] },
    ],
    [
      'a credit spread',
      [
        ['Sell to Open', 1, put(600)],
        ['Buy to Open', 1, put(590)],
      ],
      '3',
      { maxLoss: decimal(700), maxProfit: decimal(300), breakEvens: [decimal(597)] },
    ],
    [
      'an iron condor',
      [
        ['Buy to Open', 2, put(580)],
        ['Sell to Open', 2, put(590)],
        ['Sell to Open', 2, call(610)],
        ['Buy to Open', 2, call(620)],
      ],
      '2.5',
      { maxLoss: decimal(1500), maxProfit: decimal(500), breakEvens: [decimal('587.5'), decimal('612.5')] },
    ],
    [
      'a butterfly',
      [
        ['Buy to Open', 1, call(590)],
        ['Sell to Open', 2, call(600)],
        ['Buy to Open', 1, call(610)],
      ],
      '-1',
      { maxLoss: decimal(100), maxProfit: decimal(900), breakEvens: [decimal(591), decimal(609)] },
    ],
    [
      'a ratio spread',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 3, call(610)],
      ],
      '0.5',
      { maxLoss: 'unlimited', maxProfit: decimal(1050), breakEvens: [decimal('615.25')] },
    ],
    [
      'a straddle',
      [
        ['Buy to Open', 1, call(600)],
        ['Buy to Open', 1, put(600)],
      ],
      '-20',
      { maxLoss: decimal(2000), maxProfit: 'unlimited', breakEvens: [decimal(580), decimal(620)] },
    ],
    [
      'a spread for less than nothing',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, call(610)],
      ],
      '1',
      { maxLoss: decimal(0), maxProfit: decimal(1100), breakEvens: [] },
    ],
    [
      'a spread for more than it can bring',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, call(610)],
      ],
      '-11',
      { maxLoss: decimal(1100), maxProfit: decimal(0), breakEvens: [] },
    ],
    [
      'shares',
      [['Buy to Open', 100, SPY]],
      '-600.5',
      { maxLoss: decimal(60_050), maxProfit: 'unlimited', breakEvens: [decimal('600.5')] },
    ],
    [
      'shares sold short',
      [['Sell to Open', 10, SPY]],
      '600',
      { maxLoss: 'unlimited', maxProfit: decimal(6000), breakEvens: [decimal(600)] },
    ],
    [
      'a fraction of a coin',
      [['Buy to Open', '0.5', BTC]],
      '-100000',
      { maxLoss: decimal(50_000), maxProfit: 'unlimited', breakEvens: [decimal(100_000)] },
    ],
  ])('of %s', (_name, legs, price, expected) => {
    expect(payoff(legs, price)).toEqual(expected);
  });

  it.each<[string, readonly LegAsked[], string | undefined]>([
    ['without a price', [['Buy to Open', 1, call(600)]], undefined],
    [
      'of a calendar',
      [
        ['Sell to Open', 1, call(600)],
        ['Buy to Open', 1, call(600, '2027-01-15')],
      ],
      '-2',
    ],
    [
      'of a roll',
      [
        ['Buy to Close', 1, call(600)],
        ['Sell to Open', 1, call(610)],
      ],
      '-2',
    ],
    ['of a close', [['Sell to Close', 1, call(600)]], '2'],
    ['of a future', [['Buy', 1, ES]], '-6000'],
    ['of an amount of dollars', [['Buy to Open', undefined, SPY]], '-1'],
    [
      'of two underlyings',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, call(600, '2026-12-18', 'QQQ')],
      ],
      '-1',
    ],
    [
      'of two series of one day',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, { ...call(610, '2026-12-18', 'SPYW'), underlying: SPY.symbol }],
      ],
      '-1',
    ],
    [
      'of shares and an option',
      [
        ['Buy to Open', 100, SPY],
        ['Sell to Open', 1, call(610)],
      ],
      '-595',
    ],
    ['of an unusual deliverable', [['Buy to Open', 1, call(600, '2026-12-18', 'SPY1')]], '-1'],
    [
      'of contracts of two sizes',
      [
        ['Buy to Open', 1, call(600)],
        ['Sell to Open', 1, { ...call(610), multiplier: decimal(10) }],
      ],
      '-1',
    ],
    [
      'of an option that does not say what it is',
      [['Buy to Open', 1, { ...call(600), option: undefined as never }]],
      '-1',
    ],
    ['of no legs', [], '-1'],
  ])('%s is not defined', (_name, legs, price) => {
    expect(payoff(legs, price)).toBeUndefined();
  });

  it('is not defined for legs that are not a whole number of units', () => {
    const ticket = ticketOf([
      ['Buy to Open', 2, call(600)],
      ['Sell to Open', 2, call(610)],
    ]);
    const odd = { ...ticket, legs: ticket.legs.map((leg, at) => (at === 0 ? leg : { ...leg, quantity: decimal(3) })) };
    expect(payoffOf({ ticket: odd, price: decimal(-1) })).toBeUndefined();
  });

  it('of an index option is by its own terms', () => {
    const spx = { ...call(6000, '2026-12-18', 'SPXW'), underlying: brokerSymbol('SPX') };
    expect(payoff([['Buy to Open', 1, spx]], '-50')?.breakEvens).toEqual(['6050']);
  });
});

/** The same, by plain whole numbers: cents won at each half dollar from 0 to beyond the last strike. */
type AnyLeg = { isCall: boolean; isBought: boolean; strike: number; quantity: number };
const LAST = 2 * 70;

function centsAt(legs: readonly AnyLeg[], cash: number, halfDollars: number): number {
  return legs.reduce((total, { isCall, isBought, strike, quantity }) => {
    const inside = Math.max(0, isCall ? halfDollars - 2 * strike : 2 * strike - halfDollars);
    return total + (isBought ? 1 : -1) * quantity * 100 * inside * 50;
  }, cash);
}

const anyLegs = fc.uniqueArray(
  fc.record({
    isCall: fc.boolean(),
    isBought: fc.boolean(),
    strike: fc.integer({ min: 1, max: 60 }),
    quantity: fc.integer({ min: 1, max: 6 }),
  }),
  { minLength: 1, maxLength: 4, selector: ({ isCall, strike }) => `${isCall}${strike}` },
);
const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

describe('the payoff of any options', () => {
  it('is what a walk over the prices finds', () => {
    fc.assert(
      fc.property(anyLegs, fc.integer({ min: -2000, max: 2000 }), (legs, priceCents) => {
        const units = legs.length === 1 ? (legs[0]?.quantity ?? 1) : legs.map(({ quantity }) => quantity).reduce(gcd);
        const cash = priceCents * units * 100;
        const walk = Array.from({ length: LAST + 1 }, (_, at) => centsAt(legs, cash, at));
        const found = payoff(
          legs.map(({ isCall, isBought, strike, quantity }) => [
            isBought ? 'Buy to Open' : 'Sell to Open',
            quantity,
            isCall ? call(strike) : put(strike),
          ]),
          priceCents / 100,
        );
        if (found === undefined) throw new Error('It is defined');
        const slope = (walk[LAST] ?? 0) - (walk[LAST - 1] ?? 0);
        expect(found.maxProfit).toBe(slope > 0 ? 'unlimited' : String(Math.max(0, ...walk) / 100));
        expect(found.maxLoss).toBe(slope < 0 ? 'unlimited' : String(Math.max(0, -Math.min(...walk)) / 100));
        expectBreakEvens(found, { walk, legs, cash, slope });
      }),
      { numRuns: 1000 },
    );
  });
});

type Walk = { walk: readonly number[]; legs: readonly AnyLeg[]; cash: number; slope: number };

/** Each comes to nothing; they ascend; and there is one wherever the walk changes sign, beyond its end included. */
function expectBreakEvens({ breakEvens }: Payoff, { walk, legs, cash, slope }: Walk): void {
  const at = breakEvens.map(Number);
  for (const price of at) expect(Math.abs(centsAt(legs, cash, price * 2))).toBeLessThan(0.01);
  expect(at).toEqual([...new Set(at)].toSorted((a, b) => a - b));
  walk.forEach((value, index) => {
    const next = walk[index + 1];
    if (next === undefined || value * next >= 0) return;
    expect(at.filter((price) => price * 2 > index && price * 2 < index + 1)).toHaveLength(1);
  });
  const beyond = (walk[LAST] ?? 0) * slope < 0;
  expect(at.filter((price) => price * 2 > LAST)).toHaveLength(beyond ? 1 : 0);
}
