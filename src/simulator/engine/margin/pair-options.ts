import {
  absolute,
  compare,
  isNegative,
  isPositive,
  multiply,
  subtract,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import type { Holding } from '../accounts/holding.ts';

/** Unsigned quantity of one option contract that still waits for a partner. */
type Lot = { readonly holding: Holding; left: Decimal };

type Spread = {
  readonly short: Holding;
  readonly long: Holding;
  readonly quantity: Decimal;
  readonly risk: Decimal;
};
type Covered = { readonly short: Holding; readonly quantity: Decimal };
type Naked = { readonly short: Holding; readonly quantity: Decimal };
export type Pairing = {
  readonly covered: readonly Covered[];
  readonly spreads: readonly Spread[];
  readonly naked: readonly Naked[];
};

type PairingRules = {
  /** Unsigned option contracts of this side that the underlying position covers, by underlying symbol. */
  readonly coverable: Map<string, Decimal>;
  /** A cash account's long options cover nothing. */
  readonly spreadsCount: boolean;
};

const min = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);
const strikeOf = (holding: Holding): Decimal => holding.contract.option?.strike ?? ZERO;
const isCall = (holding: Holding): boolean => holding.contract.option?.side === 'C';

/** What a spread can lose per contract beyond what was paid for it: nothing when the long leg is the nearer one. */
function spreadRisk(short: Holding, long: Holding): Decimal {
  const gap = isCall(short) ? subtract(strikeOf(long), strikeOf(short)) : subtract(strikeOf(short), strikeOf(long));
  return isPositive(gap) ? multiply(gap, short.contract.multiplier) : ZERO;
}

const covers = (short: Holding, long: Holding): boolean =>
  long.contract.underlying === short.contract.underlying &&
  long.contract.multiplier === short.contract.multiplier &&
  (long.contract.expiresAt ?? 0) >= (short.contract.expiresAt ?? 0);

function cheapestCover(short: Holding, longs: readonly Lot[]): Lot | undefined {
  return longs
    .filter((lot) => isPositive(lot.left) && covers(short, lot.holding))
    .toSorted((a, b) => compare(spreadRisk(short, a.holding), spreadRisk(short, b.holding)))[0];
}

const riskiestFirst = (a: Holding, b: Holding): number =>
  isCall(a) ? compare(strikeOf(a), strikeOf(b)) : compare(strikeOf(b), strikeOf(a));

/** Finds for every short option of one side the partner that makes it the least risky. */
export function pairOptions(options: readonly Holding[], rules: PairingRules): Pairing {
  const shorts = options.filter((holding) => isNegative(holding.quantity)).toSorted(riskiestFirst);
  const longs: Lot[] = options
    .filter((holding) => isPositive(holding.quantity))
    .map((holding) => ({ holding, left: holding.quantity }));
  const covered: Covered[] = [];
  const spreads: Spread[] = [];
  const naked: Naked[] = [];
  for (const short of shorts) {
    let left = absolute(short.quantity);
    const byUnderlying = min(left, rules.coverable.get(short.contract.underlying) ?? ZERO);
    if (isPositive(byUnderlying)) {
      covered.push({ short, quantity: byUnderlying });
      rules.coverable.set(
        short.contract.underlying,
        subtract(rules.coverable.get(short.contract.underlying) ?? ZERO, byUnderlying),
      );
      left = subtract(left, byUnderlying);
    }
    for (
      let lot = cheapestCover(short, longs);
      rules.spreadsCount && lot !== undefined && isPositive(left);
      lot = cheapestCover(short, longs)
    ) {
      const quantity = min(left, lot.left);
      spreads.push({ short, long: lot.holding, quantity, risk: multiply(spreadRisk(short, lot.holding), quantity) });
      lot.left = subtract(lot.left, quantity);
      left = subtract(left, quantity);
    }
    if (isPositive(left)) naked.push({ short, quantity: left });
  }
  return { covered, spreads, naked };
}
