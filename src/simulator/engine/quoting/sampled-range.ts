import type { Product } from '../listings/product.ts';
import type { Contract } from '../market.ts';
import { YEAR_MS } from '../prices/brownian-walk.ts';
import type { FairValue } from './fair-value.ts';

/** Unrounded. */
export type PriceBar = { readonly open: number; readonly high: number; readonly low: number; readonly close: number };

export type Sampling = { readonly from: number; readonly to: number; readonly asOf: number; readonly samples: number };

const MIN_STEP_MS = 1000;
/** By how many deviations of one step a walk's extreme usually exceeds that of its samples (Broadie and others, 1997). */
const BETWEEN_SAMPLES = 0.5826;

/** A contract's prices from `from` to `to`, or to the present: sampled at instants that do not depend on the present. */
export function sampledRange(fair: FairValue, product: Product, contract: Contract, sampling: Sampling): PriceBar {
  const { from, to, asOf, samples } = sampling;
  const until = Math.min(to, asOf);
  const step = Math.max(MIN_STEP_MS, (to - from) / samples);
  const open = fair.price(contract, from);
  const close = fair.price(contract, until);
  let [high, low] = [Math.max(open, close), Math.min(open, close)];
  for (let at = from + step; at < until; at += step) {
    const price = fair.price(contract, at);
    if (price > high) high = price;
    if (price < low) low = price;
  }
  const beyond = overshoot(product, contract, Math.min(step, until - from));
  return { open, high: high * (1 + beyond), low: low * (1 - beyond), close };
}

/** Options are left as sampled: their extremes follow from the underlying's in no simple way. */
function overshoot(product: Product, contract: Contract, stepMs: number): number {
  if (contract.option !== undefined) return 0;
  return BETWEEN_SAMPLES * product.smile.base * Math.sqrt(Math.max(0, stepMs) / YEAR_MS);
}

/** Bars that follow each other as one; undefined for none. */
export function joinedBars(bars: readonly PriceBar[]): PriceBar | undefined {
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const high = Math.max(...bars.map((bar) => bar.high));
  return { open: first.open, high, low: Math.min(...bars.map((bar) => bar.low)), close: last.close };
}
