import { ZERO, decimal } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';
import type { Contract, Tick } from '../market.ts';

type Band = { readonly below: number; readonly step: number; readonly places: number };

/** Tables are few and live as long as their listings. */
const compiled = new WeakMap<readonly Tick[], readonly Band[]>();
/** A price that floating point left this close to a tick, in ticks, is on it. */
const TOLERANCE = 1e-7;

/** The price step at `price`, which is not negative. */
export function tickAt(table: readonly Tick[], price: number): number {
  return bandAt(table, price).step;
}

/** The multiple of the tick next to a price that is not negative. */
export function onTick(table: readonly Tick[], price: number, rounding: 'down' | 'up' | 'nearest'): Decimal {
  const { step, places } = bandAt(table, price);
  return decimal((stepsIn(price / step, rounding) * step).toFixed(places));
}

/** Where a contract worth `price` trades: on the next tick, and never for nothing. */
export function tradePrice({ ticks }: Pick<Contract, 'ticks'>, price: number): Decimal {
  const traded = onTick(ticks, price, 'nearest');
  return traded === ZERO ? onTick(ticks, tickAt(ticks, 0), 'nearest') : traded;
}

function stepsIn(steps: number, rounding: 'down' | 'up' | 'nearest'): number {
  if (rounding === 'nearest') return Math.round(steps);
  return rounding === 'down' ? Math.floor(steps + TOLERANCE) : Math.ceil(steps - TOLERANCE);
}

function bandAt(table: readonly Tick[], price: number): Band {
  const bands = compiled.get(table) ?? compile(table);
  const band = bands.find(({ below }) => price < below);
  if (band === undefined) throw new RangeError(`No tick for a price of ${price}`);
  return band;
}

function compile(table: readonly Tick[]): readonly Band[] {
  const bands = table.map(({ below, step }) => ({
    below: below === undefined ? Number.POSITIVE_INFINITY : Number(below),
    step: Number(step),
    places: step.includes('.') ? step.length - step.indexOf('.') - 1 : 0,
  }));
  compiled.set(table, bands);
  return bands;
}
