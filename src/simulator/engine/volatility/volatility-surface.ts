import type { Product } from '../listings/product.ts';

/** Shock and calm wear off with the horizon; far horizons cost a little more than near ones. */
const SHOCK_LIFE_YEARS = 0.35;
const SLOPE = 0.1;
const SLOPE_LIFE_YEARS = 0.5;

/** At-the-money volatility of a product over `years`, annualised. */
export function termVolatility(product: Product, years: number, stress: number): number {
  const life = years / SHOCK_LIFE_YEARS;
  const remaining = life < 1e-6 ? 1 : (1 - Math.exp(-life)) / life;
  const slope = 1 + SLOPE * (1 - Math.exp(-years / SLOPE_LIFE_YEARS));
  return product.smile.base * slope * Math.exp(stress * remaining);
}

/** Deviations of moneyness beyond about this no longer steepen the smile: far wings stay free of arbitrage. */
const WING = 4;
const SHORTEST_YEARS = 1 / 365;

export type SmilePoint = {
  readonly forward: number;
  readonly strike: number;
  readonly years: number;
  readonly stress: number;
};

/** The implied volatility of one strike: at-the-money volatility bent by how many deviations away the strike lies. */
export function strikeVolatility(product: Product, point: SmilePoint): number {
  const atTheMoney = termVolatility(product, point.years, point.stress);
  const deviation = atTheMoney * Math.sqrt(Math.max(point.years, SHORTEST_YEARS));
  const distance = Math.log(point.strike / point.forward) / deviation;
  const bounded = WING * Math.tanh(distance / WING);
  const { skew, curvature } = product.smile;
  return atTheMoney * (1 - skew * bounded + curvature * bounded * bounded);
}
