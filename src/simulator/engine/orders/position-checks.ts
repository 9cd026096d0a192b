import {
  absolute,
  add,
  compare,
  isNegative,
  isZero,
  multiply,
  sum,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { isBuy } from '../../../broker/model/order.ts';
import { workingOrders, type Book } from '../accounts/book.ts';
import { isOpening, positionOf, type Candidate, type Desktop } from './candidate.ts';
import { waitsForOrder, type Leg, type Order } from './order.ts';
import type { RefusalCode } from './remark.ts';

/** Working orders that the candidate meets: not those that wait for another order, nor those beside it. */
const rivals = (book: Book, { beside }: Pick<Candidate, 'beside'>): Order[] =>
  workingOrders(book).filter((order) => !waitsForOrder(order) && !beside.has(order.id));

const legsOn = (orders: readonly Order[], symbol: string): Leg[] =>
  orders.flatMap((order) => order.legs).filter((leg) => leg.symbol === symbol);

/** The orders of one OCO close the same units: the largest of them counts, not all. */
function closingElsewhere(orders: readonly Order[], leg: Leg): Decimal {
  const byGroup = new Map<string, Decimal>();
  for (const order of orders) {
    const closing = sum(
      legsOn([order], leg.symbol)
        .filter((other) => !isOpening(other.action))
        .map((other) => other.remaining),
    );
    const isAlternative = order.complexTag === 'OCO::order' || order.complexTag === 'OTOCO::oco-1-order';
    const group = isAlternative ? `complex ${order.complexId}` : `order ${order.id}`;
    const counted = byGroup.get(group) ?? ZERO;
    byGroup.set(group, compare(closing, counted) > 0 ? closing : counted);
  }
  return [...byGroup.values()].reduce(add, ZERO);
}

/** What a closing leg finds to close. */
export function closable(book: Book, { symbol, action }: Pick<Leg, 'symbol' | 'action'>): Decimal {
  const held = positionOf(book, symbol);
  return isZero(held) || isNegative(held) !== isBuy(action) ? ZERO : absolute(held);
}

function closesTooMuch(candidate: Pick<Candidate, 'beside'>, book: Book, leg: Leg): boolean {
  if (isOpening(leg.action)) return false;
  const available = closable(book, leg);
  // Of an order for an amount of money the quantity is not known yet, and it is zero here.
  if (isZero(available)) return true;
  return compare(add(leg.quantity, closingElsewhere(rivals(book, candidate), leg)), available) > 0;
}

/** An amount of money that is worth more than there is to close. */
function closesTooMuchValue({ terms, legs, contracts }: Candidate, { floor, book, at }: Desktop): boolean {
  const leg = legs[0];
  if (terms.value === undefined || leg === undefined || isOpening(leg.action)) return false;
  const { mark } = floor.market.quote(contracts[0], at);
  return compare(terms.value, multiply(multiply(closable(book, leg), mark), contracts[0].multiplier)) > 0;
}

function opensAgainst({ book }: Desktop, leg: Leg): boolean {
  const held = positionOf(book, leg.symbol);
  return isOpening(leg.action) && !isZero(held) && isNegative(held) === isBuy(leg.action);
}

const isOpposed = (candidate: Candidate, { book }: Desktop, leg: Leg): boolean =>
  legsOn(rivals(book, candidate), leg.symbol).some((other) => isBuy(other.action) !== isBuy(leg.action));

/** Whether an order that had to wait would now close more than there is. */
export function exceedsPosition(book: Book, order: Order): boolean {
  const group = order.complexId === undefined ? [] : (book.complexOrders.get(order.complexId)?.orderIds ?? []);
  const beside = new Set([order.id, ...group]);
  return order.legs.some((leg) => closesTooMuch({ beside }, book, leg));
}

/** What the positions and the working orders of the account say about a candidate. */
export function positionRefusals(candidate: Candidate, desk: Desktop): (RefusalCode | false)[] {
  if (candidate.isContingent) return [];
  const sellsShort = candidate.legs.some(
    (leg) =>
      leg.action === 'Sell to Open' && (leg.instrumentType === 'Equity' || leg.instrumentType === 'Cryptocurrency'),
  );
  const crypto = candidate.legs.some((leg) => leg.instrumentType === 'Cryptocurrency');
  return [
    candidate.legs.some((leg) => isOpposed(candidate, desk, leg)) && 'illegal_buy_and_sell_on_same_symbol',
    (candidate.legs.some((leg) => closesTooMuch(candidate, desk.book, leg)) || closesTooMuchValue(candidate, desk)) &&
      'cannot_close_against_more_than_existing_position',
    candidate.legs.some((leg) => opensAgainst(desk, leg)) && 'cannot_open_against_existing_position',
    sellsShort && (crypto || desk.book.profile.kind === 'Cash') && 'short_selling_not_enabled',
  ];
}
