import type { PlacedLeg, PlacedOrder } from '../../broker/model/order.ts';
import { negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { matchCover } from './cover-match.ts';
import { symbolKey } from './held-book.ts';
import { closed, withLot, withOpaque } from './holdings.ts';
import type { Holdings } from './holdings.ts';
import { readOptionSymbol } from './option-lot.ts';
import type { OptionLot } from './option-lot.ts';
import { remainingOf, stillWorking } from './working-orders.ts';

/**
 * What would be free to cover if all working orders filled that take cover away: sales of what is held, and options sold to
 * open beyond what their own order covers. `undefined` when a sale among them was not understood and has no underlying.
 */
export function lessWorking(held: Holdings, orders: readonly PlacedOrder[]): Holdings | undefined {
  return stillWorking(orders).reduce<Holdings | undefined>(
    (rest, order) => (rest === undefined ? undefined : lessOrder(rest, order)),
    held,
  );
}

function lessOrder(held: Holdings, order: PlacedOrder): Holdings | undefined {
  const sales = order.legs.filter(({ action }) => !action.startsWith('Buy'));
  const amounts = sales.map(remainingOf);
  const openings = sales.filter(({ action, type }) => action !== 'Sell to Close' && type.endsWith('Option'));
  const shorts = openings.flatMap((leg) => lotOfLeg(leg, order) ?? []);
  if (amounts.includes(undefined) || shorts.length < openings.length || sales.some(isStrange)) {
    return opaqueFor(held, order);
  }
  const longs = order.legs
    .filter(({ action }) => action === 'Buy to Open')
    .flatMap((leg) => lotOfLeg(leg, order) ?? []);
  const naked = matchCover(shorts, longs).naked.map((lot) => ({ ...lot, quantity: negate(lot.quantity) }));
  const sold = sales.filter((leg) => !openings.includes(leg));
  return naked.reduce(withLot, sold.reduce(lessSale, held));
}

/** What the broker calls the underlying of a future option may be the product, and not the future. */
function opaqueFor(held: Holdings, { underlying, legs }: PlacedOrder): Holdings | undefined {
  const isOnFuture = legs.some(({ type }) => type.startsWith('Future'));
  return underlying === undefined || isOnFuture ? undefined : withOpaque(held, underlying);
}

const isStrange = ({ action }: PlacedLeg): boolean => !action.startsWith('Sell');

function lessSale(held: Holdings, leg: PlacedLeg): Holdings {
  const amount = remainingOf(leg);
  return amount === undefined ? held : closed(held, symbolKey(leg.symbol), negate(amount));
}

function lotOfLeg(leg: PlacedLeg, { underlying }: PlacedOrder): OptionLot | undefined {
  const name = readOptionSymbol(leg.symbol);
  const quantity: Decimal | undefined = remainingOf(leg);
  const on = name?.underlying ?? underlying;
  if (name === undefined || on === undefined || quantity === undefined) return undefined;
  return { symbol: leg.symbol, type: leg.type, quantity, ...name, underlying: on };
}
