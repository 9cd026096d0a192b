import { isBuy } from '../../broker/model/order.ts';
import { ZERO, decimal, isNegative, isPositive, isZero, negate, subtract } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Ticket, TicketLeg } from '../ticket/ticket.ts';
import { bookOf, heldIn, moved } from './held-book.ts';
import type { HeldBook } from './held-book.ts';
import type { OrderFacts } from './order-facts.ts';
import { workingOn } from './working-orders.ts';

const ONE = decimal(1);

type WithTicket = { readonly ticket: Ticket };

/** All that the question depends on whether an order closes. */
export type Standing<Part extends WithTicket = WithTicket> = Pick<
  OrderFacts,
  'complexType' | 'positions' | 'working'
> & { readonly parts: readonly Part[] };

/** `opens`: how much of the leg is not certain to close something. Of a leg without quantity: 1 when it opens, else 0. */
export type JudgedLeg = TicketLeg & { readonly opens: Decimal };

/**
 * Whether the order can only close: every leg of every part says so (or is a future's that reduces), and what is held covers
 * it. A roll opens. Without readable positions the words 'to Close' are trusted, since the broker is told to refuse a close
 * of what is not there; a plain 'Buy' or 'Sell' is not. With them, an order for more than is held does not only close.
 */
export const isClosing = (order: Standing): boolean => onlyCloses(judgeCourses(order));

export function onlyCloses(courses: readonly (readonly { readonly legs: readonly JudgedLeg[] }[])[]): boolean {
  const parts = courses.flat();
  return parts.length > 0 && parts.every(({ legs }) => legs.length > 0 && legs.every(({ opens }) => isZero(opens)));
}

/** Whether the working orders have to be read: for futures, and for options that are sold. */
export const needsWorking = (parts: readonly WithTicket[]): boolean =>
  parts.some(({ ticket }) =>
    ticket.legs.some(
      ({ instrument: { type }, action }) => type === 'Future' || (type.endsWith('Option') && !isBuy(action)),
    ),
  );

/** What each leg opens, in every course that things may take: the parts of one may all come to pass, one after the other. */
export const judgeCourses = <Part extends WithTicket>(
  order: Standing<Part>,
): readonly (readonly (Part & { readonly legs: readonly JudgedLeg[] })[])[] =>
  coursesOf(order).map((parts) => judgeCourse(parts, order));

function coursesOf<Part extends WithTicket>({ parts, complexType }: Standing<Part>): readonly (readonly Part[])[] {
  const [first, ...others] = parts;
  if (first === undefined) return [];
  if (complexType === 'OCO') return parts.map((part) => [part]);
  if (complexType === 'OTOCO' && others.length > 0) return others.map((part) => [first, part]);
  return [parts];
}

function judgeCourse<Part extends WithTicket>(parts: readonly Part[], order: Standing) {
  let book = order.positions.kind === 'known' ? bookOf(order.positions.value) : undefined;
  return parts.map((part) => {
    const before = book;
    const legs = part.ticket.legs.map((leg): JudgedLeg => ({ ...leg, opens: opensOf(leg, before, order) }));
    book = legs.reduce(afterLeg, before);
    return { ...part, legs };
  });
}

function opensOf(leg: TicketLeg, book: HeldBook | undefined, order: Standing): Decimal {
  const quantity = leg.quantity ?? ONE;
  if (isNegative(quantity)) throw new RangeError('A leg of less than nothing');
  if (leg.action.endsWith('to Open')) return quantity;
  const isPlain = !leg.action.endsWith('to Close');
  if (book === undefined) return isPlain ? quantity : ZERO;
  const closable = isPlain ? closableByFuture(leg, book, order) : closableBy(leg, book);
  // How many a value in dollars is, nobody can say beforehand: that something is there to close must do.
  if (leg.quantity === undefined) return isPositive(closable) && !isPlain ? ZERO : ONE;
  return atLeastZero(subtract(quantity, closable));
}

/** What is held on the other side. */
function closableBy({ instrument, action }: TicketLeg, book: HeldBook): Decimal {
  const held = heldIn(book, instrument.symbol);
  return atLeastZero(isBuy(action) ? negate(held) : held);
}

/** The broker nets futures by itself: what working orders will close already is not there to be closed once more. */
function closableByFuture(leg: TicketLeg, book: HeldBook, { working }: Standing): Decimal {
  if (leg.instrument.type !== 'Future' || working.kind === 'unreadable') return ZERO;
  const promised = workingOn(working.value, leg.instrument.symbol, isBuy(leg.action) ? 'Buy' : 'Sell');
  return promised === undefined ? ZERO : atLeastZero(subtract(closableBy(leg, book), promised));
}

function afterLeg(book: HeldBook | undefined, { instrument, action, quantity }: JudgedLeg): HeldBook | undefined {
  if (book === undefined || quantity === undefined) return book;
  return moved(book, instrument.symbol, isBuy(action) ? quantity : negate(quantity));
}

const atLeastZero = (value: Decimal): Decimal => (isNegative(value) ? ZERO : value);
