import { compare, isMultipleOf, type Decimal } from '../../../core/decimal.ts';
import type { TradedContract } from '../matching/natural.ts';
import type { Tick } from '../market.ts';

const stepAt = (ticks: readonly Tick[], price: Decimal): Decimal | undefined =>
  ticks.find((tick) => tick.below === undefined || compare(price, tick.below) < 0)?.step;

const smallest = (ticks: readonly Tick[]): Decimal | undefined => ticks.map((tick) => tick.step).toSorted(compare)[0];

/** A single leg keeps to its own bands; the net price of several keeps to the finest step that any leg has. */
export function isOnTick(contracts: readonly TradedContract[], price: Decimal): boolean {
  const [first, ...others] = contracts;
  if (first === undefined) return true;
  const steps =
    others.length === 0 ? [stepAt(first.ticks, price)] : contracts.map((contract) => smallest(contract.ticks));
  const step = steps.filter((one) => one !== undefined).toSorted(compare)[0];
  return step === undefined || isMultipleOf(price, step);
}
