import type { EpochMs } from '../../../core/clock.ts';
import {
  compare,
  divide,
  isPositive,
  isZero,
  multiply,
  roundToStep,
  decimal,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { isBuy } from '../../../broker/model/order.ts';
import type { Book } from '../accounts/book.ts';
import { tellBalance, tellOrder, tellPosition } from '../accounts/tell.ts';
import { isOpening } from '../orders/candidate.ts';
import { isAtVenue, type Order } from '../orders/order.ts';
import { closable } from '../orders/position-checks.ts';
import { fillOrder } from './fill-order.ts';
import type { Floor } from './floor.ts';
import { endOrder, settleConsequences } from './lifecycle.ts';
import { limitOf, naturalOf, type Natural } from './natural.ts';

const FRACTION_STEP = decimal('0.00001');

function touchesStop(order: Order, floor: Floor, at: EpochMs): boolean {
  const leg = order.legs[0];
  const contract = leg === undefined ? undefined : floor.market.find(leg.symbol, at);
  if (leg === undefined || contract === undefined || order.stopTrigger === undefined) return false;
  const { last, bid, ask } = floor.market.quote(contract, at);
  const seen = last ?? (isBuy(leg.action) ? ask : bid);
  if (seen === undefined) return false;
  const distance = compare(seen, order.stopTrigger);
  return isBuy(leg.action) ? distance >= 0 : distance <= 0;
}

function isAwake(order: Order, floor: Floor, at: EpochMs): boolean {
  if (order.stopTrigger === undefined) return true;
  order.isTriggered ||= touchesStop(order, floor, at);
  return order.isTriggered;
}

const isWithinLimit = (order: Order, natural: Natural): boolean => {
  const limit = limitOf(order);
  return limit === undefined || compare(natural.net, limit) >= 0;
};

/** A notional order learns its quantity from the price that it meets; one that closes takes no more than there is. */
function sizeByValue(book: Book, order: Order, natural: Natural): void {
  const priced = natural.legs[0];
  if (order.value === undefined || priced === undefined || !isZero(priced.leg.quantity)) return;
  const bought = roundToStep(
    divide(order.value, multiply(priced.price, priced.contract.multiplier)),
    FRACTION_STEP,
    'down',
  );
  const most = isOpening(priced.leg.action) ? bought : closable(book, priced.leg);
  const quantity = compare(bought, most) <= 0 ? bought : most;
  priced.leg.quantity = quantity;
  priced.leg.remaining = quantity;
}

/** Units left and shown, whichever is less. A fraction of a unit trades whole. */
function tradableUnits(order: Order, natural: Natural): Decimal {
  const priced = natural.legs[0];
  if (priced === undefined) return ZERO;
  const left = divide(priced.leg.remaining, priced.ratio);
  if (order.value !== undefined || compare(left, natural.units) <= 0) return left;
  return natural.units;
}

function trade(
  floor: Floor,
  book: Book,
  { order, natural, at }: { order: Order; natural: Natural; at: EpochMs },
): void {
  const units = tradableUnits(order, natural);
  if (!isPositive(units)) return;
  fillOrder(book, order, { legs: natural.legs, units, at });
  tellOrder(floor, book, order);
  for (const leg of order.legs) tellPosition(floor, book, { symbol: leg.symbol, at });
  settleConsequences(floor, book, { order, at });
  tellBalance(floor, book, at);
}

/** Lets one order trade against what the market shows at the instant, as far as price, size and hours allow. */
export function matchOrder(floor: Floor, book: Book, { order, at }: { order: Order; at: EpochMs }): void {
  const type = order.legs[0]?.instrumentType;
  if (type === undefined || !isAtVenue(order)) return;
  if (!floor.hours.isOpen({ type, timeInForce: order.timeInForce }, at)) return;
  if (isAwake(order, floor, at)) {
    const natural = naturalOf(order.legs, { market: floor.market, at });
    if (natural !== undefined && isWithinLimit(order, natural)) {
      sizeByValue(book, order, natural);
      trade(floor, book, { order, natural, at });
    }
  }
  if (order.timeInForce === 'IOC') endOrder(floor, book, { order, at, status: 'Cancelled' });
}
