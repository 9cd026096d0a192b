import { normalCumulative, normalDensity } from './normal-distribution.ts';

export type OptionTerms = {
  readonly side: 'C' | 'P';
  /** Of the underlying share, index or future. */
  readonly spot: number;
  readonly strike: number;
  /** To expiry. */
  readonly years: number;
  /** Annual, as a fraction. */
  readonly volatility: number;
  readonly rate: number;
  /** What holding the underlying pays, annual: its dividends. */
  readonly carryYield: number;
};

/** Per unit of the underlying: theta per day, vega and rho per percent point. */
export type OptionValue = {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
  readonly rho: number;
};

const DAYS_A_YEAR = 365;
const PERCENT = 100;

/** The European option of Black, Scholes and Merton. `years` and `volatility` must be positive. */
export function europeanOption(terms: OptionTerms): OptionValue {
  const { spot, strike, years, volatility, rate, carryYield } = terms;
  const sign = terms.side === 'C' ? 1 : -1;
  const deviation = volatility * Math.sqrt(years);
  const d1 = (Math.log(spot / strike) + (rate - carryYield + (volatility * volatility) / 2) * years) / deviation;
  const d2 = d1 - deviation;
  const spotDiscount = Math.exp(-carryYield * years);
  const spotValue = spot * spotDiscount;
  const strikeValue = strike * Math.exp(-rate * years);
  const spotChance = normalCumulative(sign * d1);
  const strikeChance = normalCumulative(sign * d2);
  const density = normalDensity(d1);
  const decay = (-spotValue * density * volatility) / (2 * Math.sqrt(years));
  const carry = sign * (carryYield * spotValue * spotChance - rate * strikeValue * strikeChance);
  return {
    price: Math.max(0, sign * (spotValue * spotChance - strikeValue * strikeChance)),
    delta: sign * spotDiscount * spotChance,
    gamma: (spotDiscount * density) / (spot * deviation),
    theta: (decay + carry) / DAYS_A_YEAR,
    vega: (spotValue * density * Math.sqrt(years)) / PERCENT,
    rho: (sign * strikeValue * years * strikeChance) / PERCENT,
  };
}

export function intrinsicValue(side: 'C' | 'P', spot: number, strike: number): number {
  return Math.max(0, side === 'C' ? spot - strike : strike - spot);
}

/** Black's model of 1976: nothing is paid for holding a future, so interest only discounts the outcome. */
export function futureOption(terms: Omit<OptionTerms, 'carryYield'>): OptionValue {
  const value = europeanOption({ ...terms, carryYield: terms.rate });
  return { ...value, rho: (-terms.years * value.price) / PERCENT };
}

/** The option as `held` to expiry, but never below what exercising it now brings: then it moves like the underlying. */
export function orExercised(held: OptionValue, terms: Pick<OptionTerms, 'side' | 'spot' | 'strike'>): OptionValue {
  const exercised = intrinsicValue(terms.side, terms.spot, terms.strike);
  if (held.price >= exercised) return held;
  return { price: exercised, delta: terms.side === 'C' ? 1 : -1, gamma: 0, theta: 0, vega: 0, rho: 0 };
}
