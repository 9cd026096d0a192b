import { isTerminal } from '../../broker/model/order.ts';
import type { PlacedLeg, PlacedOrder } from '../../broker/model/order.ts';
import { add, ZERO } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { symbolKey } from './held-book.ts';

export const stillWorking = (orders: readonly PlacedOrder[]): readonly PlacedOrder[] =>
  orders.filter(({ status }) => !isTerminal(status));

/** What can still be traded of a leg; `undefined` when the broker does not say. */
export const remainingOf = ({ remaining, quantity }: PlacedLeg): Decimal | undefined => remaining ?? quantity;

/**
 * How much of a symbol working orders will still buy or sell; `undefined` when one of them does not say. The two orders of an
 * OCO both count, though only one can fill: they are not told apart from others here, and too much is the safe side.
 */
export function workingOn(orders: readonly PlacedOrder[], symbol: string, side: 'Buy' | 'Sell'): Decimal | undefined {
  const key = symbolKey(symbol);
  const legs = stillWorking(orders)
    .flatMap((order) => order.legs)
    .filter((leg) => symbolKey(leg.symbol) === key && leg.action.startsWith(side));
  return legs.reduce<Decimal | undefined>((total, leg) => {
    const remaining = remainingOf(leg);
    return total === undefined || remaining === undefined ? undefined : add(total, remaining);
  }, ZERO);
}
