import { ZERO, compare, divide, isPositive, multiply, roundToStep, subtract } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { matchCover } from './cover-match.ts';
import { longLots, longUnits, shortLots } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import { isAdjusted } from './option-lot.ts';
import type { OptionLot } from './option-lot.ts';

/** Long contracts and long stock that cover nothing yet. */
export type FreeCover = { readonly longs: readonly OptionLot[]; readonly units: ReadonlyMap<string, Decimal> };

export type Covered = { readonly naked: readonly OptionLot[]; readonly free: FreeCover };

/**
 * Covers shorts with long contracts first, and the calls that are left with long stock. `multiplier` stands in for contracts
 * whose own is not known; without any, such a call takes all the stock there is and is not covered.
 */
export function coverWith(shorts: readonly OptionLot[], free: FreeCover, multiplier?: Decimal): Covered {
  const matched = matchCover(shorts, free.longs);
  const units = new Map(free.units);
  const naked = matched.naked.flatMap((lot) => withStock(lot, units, lot.multiplier ?? multiplier));
  return { naked, free: { longs: matched.spare, units } };
}

/** What held shorts leave uncovered, and what they leave free. `more` are longs besides those that are held. */
export function coverOfHeld(held: Holdings, multiplier?: Decimal, more: readonly OptionLot[] = []): Covered {
  const free = { longs: [...longLots(held), ...more], units: longUnits(held) };
  return coverWith(shortLots(held), free, multiplier);
}

/** The cover without what is in underlyings where something was not understood. */
export const withoutOpaque = ({ longs, units }: FreeCover, { opaque }: Holdings): FreeCover => ({
  longs: longs.filter(({ underlying }) => !opaque.has(underlying)),
  units: new Map([...units].filter(([symbol]) => !opaque.has(symbol))),
});

function withStock(lot: OptionLot, units: Map<string, Decimal>, multiplier: Decimal | undefined): readonly OptionLot[] {
  const { underlying, side, quantity } = lot;
  const held = units.get(underlying) ?? ZERO;
  if (side === 'P' || isAdjusted(lot) || !isPositive(held)) return [lot];
  if (multiplier === undefined || !isPositive(multiplier)) {
    units.set(underlying, ZERO);
    return [lot];
  }
  const enough = divide(roundToStep(held, multiplier, 'down'), multiplier);
  const used = compare(enough, quantity) < 0 ? enough : quantity;
  units.set(underlying, subtract(held, multiply(used, multiplier)));
  const rest = subtract(quantity, used);
  return isPositive(rest) ? [{ ...lot, quantity: rest }] : [];
}
