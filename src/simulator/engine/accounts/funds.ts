import {
  add,
  compare,
  divide,
  isNegative,
  isPositive,
  multiply,
  negate,
  subtract,
  sum,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { initialTotal, requirementsOf, type UnderlyingRequirement } from '../margin/requirement.ts';
import { waitsForOrder, type Order } from '../orders/order.ts';
import type { Profile } from '../world/profile.ts';
import { holdingsOf, totalValue, valueOf, type Held, type Holding, type MarketView } from './holding.ts';
import { openPositions, workingOrders, type Book } from './book.ts';

/** An account at one instant: now, or any day of its past. */
export type Standing = {
  readonly profile: Profile;
  readonly cash: Decimal;
  readonly positions: readonly Held[];
  /** Buying power that working orders tie up. */
  readonly reserved: Decimal;
};

/** Everything that a balance is told from. Signed. */
export type Funds = {
  readonly profile: Profile;
  readonly cash: Decimal;
  readonly holdings: readonly Holding[];
  readonly requirements: readonly UnderlyingRequirement[];
  readonly netLiq: Decimal;
  /** What margin is measured against: options have no loan value. */
  readonly marginEquity: Decimal;
  readonly initial: Decimal;
  readonly maintenance: Decimal;
  readonly reserved: Decimal;
  /** What is left for what must be paid in full, options above all. */
  readonly buyingPower: Decimal;
};

/** Stock, crypto and the open gain of futures count; options do not. */
export const marginValue = (holdings: readonly Holding[]): Decimal =>
  sum(holdings.filter((holding) => holding.contract.option === undefined).map(valueOf));

/** What an order still ties up, in proportion to what of it remains. */
export function reserveOf(order: Order): Decimal {
  const leg = order.legs[0];
  if (leg === undefined || waitsForOrder(order)) return ZERO;
  if (leg.quantity === ZERO) return order.reserve;
  return divide(multiply(order.reserve, leg.remaining), leg.quantity);
}

export const standingOf = (book: Book): Standing => ({
  profile: book.profile,
  cash: book.cash,
  positions: openPositions(book),
  reserved: sum(workingOrders(book).map(reserveOf)),
});

export function fundsOf(standing: Standing, view: MarketView): Funds {
  const holdings = holdingsOf(standing.positions, view);
  const requirements = requirementsOf(holdings, { view, profile: standing.profile });
  const marginEquity = add(standing.cash, marginValue(holdings));
  const initial = initialTotal(requirements);
  return {
    profile: standing.profile,
    cash: standing.cash,
    holdings,
    requirements,
    netLiq: add(standing.cash, totalValue(holdings)),
    marginEquity,
    initial,
    maintenance: sum(requirements.map((requirement) => requirement.maintenance)),
    reserved: standing.reserved,
    buyingPower: subtract(subtract(marginEquity, initial), standing.reserved),
  };
}

export const positivePart = (value: Decimal): Decimal => (isPositive(value) ? value : ZERO);
export const negativePart = (value: Decimal): Decimal => (isNegative(value) ? negate(value) : ZERO);
export const lesser = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);
