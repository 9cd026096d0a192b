import type { EpochMs } from '../../../core/clock.ts';
import {
  absolute,
  add,
  compare,
  divide,
  isNegative,
  isZero,
  multiply,
  negate,
  subtract,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import type { Contract } from '../market.ts';
import type { TradedType } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';
import type { Book, Position } from './book.ts';

const AVERAGE_PLACES = 12;

export type PositionChange = {
  readonly contract: Contract & { readonly instrumentType: TradedType };
  /** Signed: bought positive. */
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly at: EpochMs;
};

function fresh(change: PositionChange): Position {
  const { contract, at } = change;
  return {
    symbol: contract.symbol,
    instrumentType: contract.instrumentType,
    underlying: contract.underlying,
    ...(contract.streamerSymbol === undefined ? {} : { streamerSymbol: contract.streamerSymbol }),
    ...(contract.expiresAt === undefined ? {} : { expiresAt: contract.expiresAt }),
    multiplier: contract.multiplier,
    quantity: ZERO,
    averageOpenPrice: ZERO,
    createdAt: at,
    updatedAt: at,
    realized: ZERO,
    realizedDate: tradingDay(at),
  };
}

const smaller = (a: Decimal, b: Decimal): Decimal => (compare(a, b) <= 0 ? a : b);

/** Signed units that the change closes: against the position's own side, zero when it only opens. */
function closedUnits(held: Decimal, change: Decimal): Decimal {
  if (isZero(held) || isNegative(held) === isNegative(change)) return ZERO;
  const units = smaller(absolute(held), absolute(change));
  return isNegative(held) ? negate(units) : units;
}

/** What the open units cost each, once the change has been made. */
export function averageAfter(
  held: Pick<Position, 'quantity' | 'averageOpenPrice'>,
  change: Pick<PositionChange, 'quantity' | 'price'>,
): Decimal {
  const next = add(held.quantity, change.quantity);
  if (isZero(next)) return held.averageOpenPrice;
  if (isZero(held.quantity) || isNegative(held.quantity) !== isNegative(next)) return change.price;
  if (compare(absolute(next), absolute(held.quantity)) <= 0) return held.averageOpenPrice;
  const cost = add(multiply(held.averageOpenPrice, held.quantity), multiply(change.price, change.quantity));
  return divide(cost, next, AVERAGE_PLACES);
}

/** Moves the position and returns the signed gain that the closed part realized, before fees. */
export function changePosition(book: Book, change: PositionChange): Decimal {
  const held = book.positions.get(change.contract.symbol);
  const position =
    held === undefined || (isZero(held.quantity) && held.realizedDate !== tradingDay(change.at)) ? fresh(change) : held;
  const closed = closedUnits(position.quantity, change.quantity);
  const gain = multiply(multiply(subtract(change.price, position.averageOpenPrice), closed), position.multiplier);
  const next = add(position.quantity, change.quantity);
  position.averageOpenPrice = averageAfter(position, change);
  position.quantity = next;
  position.updatedAt = change.at;
  const today = tradingDay(change.at);
  position.realized = position.realizedDate === today ? add(position.realized, gain) : gain;
  position.realizedDate = today;
  book.positions.set(position.symbol, position);
  return gain;
}
