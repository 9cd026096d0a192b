import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  europeanOption,
  futureOption,
  intrinsicValue,
  orExercised,
} from '../../../src/simulator/engine/options/black-scholes.ts';
import type { OptionTerms } from '../../../src/simulator/engine/options/black-scholes.ts';
import { normalCumulative } from '../../../src/simulator/engine/options/normal-distribution.ts';

type Row = readonly [
  side: 'C' | 'P',
  spot: number,
  strike: number,
  years: number,
  volatility: number,
  rate: number,
  carryYield: number,
];

const terms = ([side, spot, strike, years, volatility, rate, carryYield]: Row): OptionTerms => ({
  side,
  spot,
  strike,
  years,
  volatility,
  rate,
  carryYield,
});

/** Prices by numerical integration of the payoff over the lognormal density, done apart from this program. */
const INTEGRATED: readonly (readonly [Row, number])[] = [
  [['C', 100, 100, 1, 0.2, 0.05, 0], 10.450_583_572_2],
  [['P', 100, 100, 1, 0.2, 0.05, 0], 5.573_526_022_3],
  [['C', 42, 40, 0.5, 0.2, 0.1, 0], 4.759_422_392_9],
  [['P', 42, 40, 0.5, 0.2, 0.1, 0], 0.808_599_372_9],
  [['C', 930, 900, 2 / 12, 0.2, 0.08, 0.03], 51.832_956_796_5],
  [['P', 60, 65, 0.25, 0.3, 0.08, 0], 5.846_282_209_9],
  [['P', 768, 700, 25 / 365, 0.157, 0.04, 0.012], 0.109_134_973_7],
];

const anyTerms = fc.record({
  side: fc.constantFrom('C' as const, 'P' as const),
  spot: fc.double({ min: 5, max: 8000, noNaN: true }),
  moneyness: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
  years: fc.double({ min: 0.02, max: 2.5, noNaN: true }),
  volatility: fc.double({ min: 0.08, max: 0.9, noNaN: true }),
  rate: fc.double({ min: 0, max: 0.08, noNaN: true }),
  carryYield: fc.double({ min: 0, max: 0.06, noNaN: true }),
});

describe('the cumulative normal distribution', () => {
  it.each([
    [0, 0.5],
    [1, 0.841_344_746_068_542_9],
    [-1.96, 0.024_997_895_148_220_435],
    [-5, 2.866_515_718_791_939e-7],
    [-8, 6.220_960_574_271_785e-16],
    [40, 1],
    [-40, 0],
  ])('is at %d the known %d', (x, value) => {
    expect(Math.abs(normalCumulative(x) - value)).toBeLessThan(1e-15 + 1e-9 * value);
  });
});

describe('the European option', () => {
  it.each(INTEGRATED)('%j is worth %d', (row, price) => {
    expect(europeanOption(terms(row)).price).toBeCloseTo(price, 9);
  });

  it('has the textbook’s greeks', () => {
    const call = europeanOption(terms(['C', 100, 100, 1, 0.2, 0.05, 0]));
    expect(call.delta).toBeCloseTo(0.636_830_651_2, 10);
    expect(call.gamma).toBeCloseTo(0.018_762_017_3, 10);
    expect(call.vega).toBeCloseTo(0.375_240_346_9, 10);
    expect(call.theta).toBeCloseTo(-6.414_027_546_4 / 365, 9);
    expect(call.rho).toBeCloseTo(0.532_324_815_5, 9);
  });

  it('obeys put-call parity', () => {
    fc.assert(
      fc.property(anyTerms, ({ moneyness, ...rest }) => {
        const strike = rest.spot * moneyness;
        const call = europeanOption({ ...rest, strike, side: 'C' }).price;
        const put = europeanOption({ ...rest, strike, side: 'P' }).price;
        const forward =
          rest.spot * Math.exp(-rest.carryYield * rest.years) - strike * Math.exp(-rest.rate * rest.years);
        expect(Math.abs(call - put - forward)).toBeLessThan(1e-9 * rest.spot);
      }),
    );
  });

  it('has greeks that are the slopes of its price', () => {
    fc.assert(
      fc.property(anyTerms, ({ moneyness, ...rest }) => {
        const option = { ...rest, strike: rest.spot * moneyness };
        const price = (change: Partial<OptionTerms>): number => europeanOption({ ...option, ...change }).price;
        const slope = (name: 'spot' | 'volatility' | 'rate' | 'years', step: number): number =>
          (price({ [name]: option[name] + step }) - price({ [name]: option[name] - step })) / (2 * step);
        const greeks = europeanOption(option);
        const near = (told: number, found: number, scale: number): void =>
          expect(Math.abs(told - found)).toBeLessThan(1e-4 * scale);
        near(greeks.delta, slope('spot', option.spot * 1e-4), 1);
        near(greeks.vega, slope('volatility', 1e-4) / 100, option.spot / 100);
        near(greeks.rho, slope('rate', 1e-4) / 100, option.spot / 100);
        near(greeks.theta, -slope('years', 1e-4) / 365, option.spot / 100);
      }),
    );
  });
});

describe('the option on a future', () => {
  it('is worth what Black’s model says', () => {
    const option = { spot: 60, strike: 60, years: 4 / 12, volatility: 0.25, rate: 0.09 } as const;
    const put = futureOption({ ...option, side: 'P' });
    expect(put.price).toBeCloseTo(3.349_924_369_7, 9);
    expect(futureOption({ ...option, side: 'C' }).price).toBeCloseTo(put.price, 9);
    const dearer = futureOption({ ...option, side: 'P', rate: 0.091 }).price;
    expect(put.rho).toBeCloseTo((dearer - put.price) / 0.1, 3);
  });
});

describe('early exercise', () => {
  it('keeps a deep put at what exercising it brings, moving like the share', () => {
    const deep = terms(['P', 50, 100, 1, 0.2, 0.05, 0]);
    expect(europeanOption(deep).price).toBeLessThan(intrinsicValue('P', 50, 100));
    expect(orExercised(europeanOption(deep), deep)).toEqual({
      price: 50,
      delta: -1,
      gamma: 0,
      theta: 0,
      vega: 0,
      rho: 0,
    });
  });

  it('changes nothing where waiting is worth more', () => {
    const open = terms(['C', 100, 100, 1, 0.2, 0.05, 0]);
    expect(orExercised(europeanOption(open), open)).toEqual(europeanOption(open));
  });
});
