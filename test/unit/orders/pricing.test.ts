import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LegAction } from '../../../src/broker/model/order.ts';
import {
  absolute,
  add,
  compare,
  decimal,
  isNegative,
  isPositive,
  isZero,
  multiply,
  subtract,
} from '../../../src/core/decimal.ts';
import type { Decimal } from '../../../src/core/decimal.ts';
import { requirePrice, requireSameSign } from '../../../src/orders/ticket/limit-price.ts';
import { priceFrom as priceIn } from '../../../src/orders/pricing/auto-price.ts';
import { netMarket } from '../../../src/orders/pricing/net-market.ts';
import type { LegQuote } from '../../../src/orders/pricing/net-market.ts';
import { ratioOf } from '../../../src/orders/ticket/ratio.ts';
import { isOnTick, nextTick, stepsOfInstruments } from '../../../src/orders/ticket/tick.ts';
import type { StepAt } from '../../../src/orders/ticket/tick.ts';
import { NICKEL_DIME, PENNY, instrument } from '../../support/fake-broker-market.ts';

const penny = stepsOfInstruments([instrument('Equity Option', 'A', { ticks: PENNY })]);
const nickel = stepsOfInstruments([instrument('Equity Option', 'A', { ticks: NICKEL_DIME })]);

/** The price, and the market it was found in. */
const priceFrom = (quotes: readonly LegQuote[], stepAt: StepAt) => {
  const { price, step, market } = priceIn(netMarket(quotes, 0), stepAt);
  return { price, step, mid: market.mid, natural: market.natural };
};

const cents = (value: number): Decimal => multiply(decimal(value), decimal('0.01'));
const anyPrice = fc.integer({ min: -100_000, max: 100_000 }).map((value) => multiply(decimal(value), decimal('0.001')));
const anyLeg = fc.record({
  action: fc.constantFrom<LegAction>('Buy to Open', 'Sell to Open', 'Buy to Close', 'Sell to Close'),
  bid: fc.integer({ min: 1, max: 5000 }),
  width: fc.integer({ min: 0, max: 200 }),
  quantity: fc.integer({ min: 1, max: 9 }),
});
type AnyLeg = { action: LegAction; bid: number; width: number; quantity: number };

const quotesFor = (legs: readonly AnyLeg[], lots: number): LegQuote[] => {
  const ratios = ratioOf(legs.map((leg) => decimal(leg.quantity * lots)));
  return legs.map(({ action, bid, width }, at) => ({
    action,
    ratio: ratios[at] ?? decimal(1),
    bid: cents(bid),
    ask: cents(bid + width),
  }));
};

/** The price, or the reason why there is none. */
const attempt = (quotes: readonly LegQuote[], stepAt = nickel): string => {
  try {
    return priceFrom(quotes, stepAt).price;
  } catch (error) {
    return String((error as { code?: string }).code);
  }
};

describe('the ratio of legs', () => {
  it.each([
    [
      [10, 10],
      ['1', '1'],
    ],
    [
      [10, 20, 10],
      ['1', '2', '1'],
    ],
    [
      [3, 2],
      ['3', '2'],
    ],
    [[100], ['1']],
  ])('%j is %j', (quantities, ratios) => {
    expect(ratioOf(quantities.map((quantity) => decimal(quantity)))).toEqual(ratios);
  });

  it('of a single fraction is one unit', () => {
    expect(ratioOf([decimal('0.25')])).toEqual(['1']);
  });
});

describe('the net price', () => {
  it('of a spread is its legs, signed: a debit negative, a credit positive', () => {
    const legs: LegQuote[] = [
      { action: 'Buy to Open', ratio: decimal(1), bid: decimal('5.00'), ask: decimal('5.10') },
      { action: 'Sell to Open', ratio: decimal(1), bid: decimal('3.00'), ask: decimal('3.06') },
    ];
    expect(priceFrom(legs, penny)).toEqual({ price: '-2.02', mid: '-2.02', natural: '-2.1', step: '0.01' });
    const turned = legs.map((leg, at) => ({
      ...leg,
      action: at === 0 ? ('Sell to Open' as const) : ('Buy to Open' as const),
    }));
    expect(priceFrom(turned, penny)).toMatchObject({ price: '2.02', natural: '1.94' });
  });

  it('weighs a butterfly by its ratio', () => {
    const leg = (action: LegAction, ratio: number, price: string): LegQuote => ({
      action,
      ratio: decimal(ratio),
      bid: decimal(price),
      ask: decimal(price),
    });
    const butterfly = [leg('Buy to Open', 1, '7'), leg('Sell to Open', 2, '4'), leg('Buy to Open', 1, '2')];
    expect(priceFrom(butterfly, penny).price).toBe('-1');
  });

  it('of many lots is the price of one', () => {
    fc.assert(
      fc.property(fc.array(anyLeg, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 500 }), (legs, lots) => {
        expect(attempt(quotesFor(legs, lots))).toBe(attempt(quotesFor(legs, 1)));
      }),
    );
  });

  it('is always on a price step, never zero, and at most one step to the passive side of the mid', () => {
    fc.assert(
      fc.property(fc.array(anyLeg, { minLength: 1, maxLength: 4 }), fc.constantFrom(penny, nickel), (legs, stepAt) => {
        const quotes = quotesFor(legs, 1);
        if (attempt(quotes, stepAt) === 'quote_unavailable' || attempt(quotes, stepAt) === 'invalid_input') return;
        const { price, mid, step } = priceFrom(quotes, stepAt);
        expect(isOnTick(price, stepAt)).toBe(true);
        expect(isZero(price)).toBe(false);
        expect(compare(price, mid)).toBeGreaterThanOrEqual(0);
        expect(compare(subtract(price, mid), add(step, stepAt(mid)))).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('is a debit where all legs are bought, a credit where all are sold', () => {
    fc.assert(
      fc.property(
        fc.array(anyLeg, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('Buy to Open', 'Sell to Close'),
        (legs, action) => {
          const priced = attempt(
            quotesFor(
              legs.map((leg) => ({ ...leg, action: action as LegAction })),
              1,
            ),
            penny,
          );
          if (priced === 'quote_unavailable') return;
          expect(action === 'Buy to Open' ? isNegative(decimal(priced)) : isPositive(decimal(priced))).toBe(true);
        },
      ),
    );
  });

  it('that rounds to zero is refused', () => {
    const cheap: LegQuote = { action: 'Buy to Open', ratio: decimal(1), bid: decimal('0.01'), ask: decimal('0.03') };
    expect(() => priceFrom([cheap], nickel)).toThrow(expect.objectContaining({ code: 'quote_unavailable' }));
  });
});

describe('price steps', () => {
  it('change with the size of the price, whatever its sign', () => {
    expect([nickel(decimal('2.99')), nickel(decimal(3)), nickel(decimal('-2.99')), nickel(decimal('-3'))]).toEqual([
      '0.05',
      '0.1',
      '0.05',
      '0.1',
    ]);
  });

  it('leave no residue between them', () => {
    fc.assert(
      fc.property(anyPrice, fc.constantFrom('up' as const, 'down' as const), (price, towards) => {
        const tick = nextTick(price, nickel, towards);
        expect(isOnTick(tick, nickel)).toBe(true);
        const moved = compare(tick, price);
        expect(towards === 'up' ? moved >= 0 : moved <= 0).toBe(true);
        expect(compare(absolute(subtract(tick, price)), decimal('0.1'))).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('hold also where rounding steps over the edge of a band', () => {
    const bands = [{ below: decimal(1), step: decimal('0.3') }, { step: decimal('0.5') }];
    const stepAt = stepsOfInstruments([instrument('Equity Option', 'A', { ticks: bands })]);
    expect([nextTick(decimal('0.95'), stepAt, 'up'), nextTick(decimal('-0.95'), stepAt, 'down')]).toEqual([
      '1.5',
      '-1.5',
    ]);
  });

  it('of a spread are those of spreads, and the coarsest of its legs', () => {
    const fine = instrument('Equity Option', 'A', { ticks: NICKEL_DIME, spreadTicks: PENNY });
    const coarse = instrument('Equity Option', 'B', { ticks: NICKEL_DIME });
    expect(stepsOfInstruments([fine, fine])(decimal(1))).toBe('0.01');
    expect(stepsOfInstruments([fine, coarse])(decimal(1))).toBe('0.05');
    expect(stepsOfInstruments([fine])(decimal(1))).toBe('0.05');
  });

  it('that the broker did not tell are not made up', () => {
    const unknown = instrument('Equity Option', 'A', { ticks: [] });
    expect(() => stepsOfInstruments([unknown])).toThrow(expect.objectContaining({ code: 'broker_not_understood' }));
  });
});

describe('a given price', () => {
  const check =
    (price: string, ...actions: LegAction[]) =>
    (): void =>
      requirePrice(decimal(price), actions, nickel);

  it('passes on a step and with the right sign', () => {
    expect(check('-1.05', 'Buy to Open')).not.toThrow();
    expect(check('3.10', 'Sell to Close')).not.toThrow();
    expect(check('1.05', 'Buy to Open', 'Sell to Open')).not.toThrow();
    expect(check('-1.05', 'Buy to Open', 'Sell to Open')).not.toThrow();
  });

  it('between two steps is refused with both of them', () => {
    expect(check('-1.03', 'Buy to Open')).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        details: expect.objectContaining({ nearest: ['-1.05', '-1'], step: '0.05' }),
      }),
    );
    expect(check('3.05', 'Sell to Open')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ nearest: ['3', '3.1'] }) }),
    );
    expect(check('0.02', 'Sell to Open')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ nearest: ['0.05'] }) }),
    );
  });

  it('on the wrong side of zero, or zero, is refused', () => {
    expect(check('1.05', 'Buy to Open')).toThrow(/-1.05, not 1.05/u);
    expect(check('-1.05', 'Sell to Open', 'Sell to Close')).toThrow(/1.05, not -1.05/u);
    expect(check('0', 'Buy to Open', 'Sell to Open')).toThrow(/zero/u);
  });

  it('that flips a working order is refused', () => {
    expect(() => requireSameSign(decimal('-1.05'), decimal('1.10'))).toThrow(/debit.*credit/u);
    expect(() => requireSameSign(decimal('2'), decimal('-2.05'))).toThrow(/credit.*debit/u);
    expect(() => requireSameSign(decimal('-1.05'), decimal('-1.10'))).not.toThrow();
  });
});
