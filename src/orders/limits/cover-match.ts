import { compare, isPositive, subtract } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { covers } from './option-lot.ts';
import type { OptionLot } from './option-lot.ts';

/** What is left when longs have covered shorts, contract for contract. */
export type Matched = { readonly naked: readonly OptionLot[]; readonly spare: readonly OptionLot[] };

type Rest = { readonly lot: OptionLot; rest: Decimal };

/**
 * Covers as many contracts as can be. The longs that end first are used first, each for the latest short that it can cover, so
 * that what is left over is what covers most.
 */
export function matchCover(shorts: readonly OptionLot[], longs: readonly OptionLot[]): Matched {
  const open = restsOf(shorts).toSorted((a, b) => b.lot.expiration.localeCompare(a.lot.expiration));
  const free = restsOf(longs).toSorted((a, b) => a.lot.expiration.localeCompare(b.lot.expiration));
  for (const long of free) {
    for (const short of open) useFor(short, long);
  }
  return { naked: remainders(open), spare: remainders(free) };
}

function useFor(short: Rest, long: Rest): void {
  if (!covers(long.lot, short.lot)) return;
  const used = compare(long.rest, short.rest) < 0 ? long.rest : short.rest;
  long.rest = subtract(long.rest, used);
  short.rest = subtract(short.rest, used);
}

const restsOf = (lots: readonly OptionLot[]): Rest[] => lots.map((lot) => ({ lot, rest: lot.quantity }));

const remainders = (rests: readonly Rest[]): OptionLot[] =>
  rests.filter(({ rest }) => isPositive(rest)).map(({ lot, rest }) => ({ ...lot, quantity: rest }));
