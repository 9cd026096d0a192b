import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isZero } from '../../../core/decimal.ts';
import type { Book } from '../accounts/book.ts';
import { tellBalance, tellComplexOrder, tellOrder } from '../accounts/tell.ts';
import { isTerminal, type ComplexOrder, type Order, type OrderStatus, type Transition } from '../orders/order.ts';
import { exceedsPosition } from '../orders/position-checks.ts';
import { refusalRemark } from '../orders/remark.ts';
import { filledUnits } from './fill-order.ts';
import type { Floor } from './floor.ts';

/** How long the simulated venues take: long enough for a poll to see an order on its way. */
const IN_FLIGHT_AFTER_MS = 20;
const LIVE_AFTER_MS = 50;
const CANCEL_AFTER_MS = 50;
/** An order never asks twice at one instant whether its market is open. */
const LOOK_AGAIN_AFTER_MS = 1000;

export type Happening = { readonly order: Order; readonly at: EpochMs };
export type Ending = Happening & {
  readonly status: Extract<OrderStatus, 'Cancelled' | 'Expired' | 'Rejected'>;
  readonly reason?: string;
};

function move(floor: Floor, book: Book, change: Happening & { status: OrderStatus }): void {
  change.order.status = change.status;
  change.order.updatedAt = change.at;
  tellOrder(floor, book, change.order);
}

const due = (to: Transition, at: number): { to: Transition; at: EpochMs } => ({ to, at: epochMs(at) });

/** Sends the order on its way: at once while its market is open, else when it opens. */
function routeOrder(floor: Floor, book: Book, { order, at }: Happening): void {
  delete order.contingentStatus;
  const keeps = { type: order.legs[0]?.instrumentType ?? 'Equity', timeInForce: order.timeInForce } as const;
  if (!floor.hours.isOpen(keeps, at)) {
    order.due = due('route', Math.max(floor.hours.opensAfter(keeps, at), at + LOOK_AGAIN_AFTER_MS));
    move(floor, book, { order, at, status: 'Received' });
    return;
  }
  order.due = due('in-flight', at + IN_FLIGHT_AFTER_MS);
  move(floor, book, { order, at, status: 'Routed' });
}

/** What time alone changes about an order. */
export function completeTransition(floor: Floor, book: Book, { order, at }: Happening): void {
  const to = order.due?.to;
  delete order.due;
  switch (to) {
    case undefined:
      return;
    case 'route':
      startOrder(floor, book, { order, at });
      return;
    case 'in-flight':
      order.inFlightAt = at;
      order.due = due('live', at + LIVE_AFTER_MS - IN_FLIGHT_AFTER_MS);
      move(floor, book, { order, at, status: 'In Flight' });
      return;
    case 'live':
      order.liveAt = at;
      move(floor, book, { order, at, status: 'Live' });
      return;
    case 'cancel':
      endOrder(floor, book, { order, at, status: 'Cancelled' });
  }
}

const isWithVenue = (order: Order): boolean =>
  order.status === 'Routed' || order.status === 'In Flight' || order.status === 'Live';

/** Asks the venue to give the order back; what never left the house ends at once. */
export function requestEnd(
  floor: Floor,
  book: Book,
  request: Happening & { status: 'Cancel Requested' | 'Replace Requested' },
): void {
  const { order, at } = request;
  if (!isWithVenue(order)) {
    endOrder(floor, book, { order, at, status: 'Cancelled' });
    return;
  }
  order.liveAt ??= at;
  order.due = due('cancel', at + CANCEL_AFTER_MS);
  move(floor, book, request);
}

/** Ends an order that was not filled, with all that hangs on it. */
export function endOrder(floor: Floor, book: Book, ending: Ending): void {
  const { order, at, status, reason } = ending;
  if (isTerminal(order)) return;
  delete order.due;
  delete order.contingentStatus;
  order.status = status;
  order.updatedAt = at;
  order.terminalAt = at;
  if (status === 'Cancelled') order.cancelledAt = at;
  if (reason !== undefined) order.rejectReason = reason;
  if (order.replacedBy !== undefined) order.edited = true;
  tellOrder(floor, book, order);
  settleConsequences(floor, book, { order, at });
  tellBalance(floor, book, at);
}

/** What other orders do when this one traded or ended: replacements start, the other side of an OCO goes, an OTO's orders come. */
export function settleConsequences(floor: Floor, book: Book, happening: Happening): void {
  startReplacement(floor, book, happening);
  const complex =
    happening.order.complexId === undefined ? undefined : book.complexOrders.get(happening.order.complexId);
  if (complex !== undefined) settleComplex(floor, book, { ...happening, complex });
}

/** The replacement takes over what the original left; of a filled original nothing is left. */
function startReplacement(floor: Floor, book: Book, { order, at }: Happening): void {
  if (order.replacedBy === undefined || !isTerminal(order)) return;
  const replacement = book.orders.get(order.replacedBy);
  if (replacement === undefined || isTerminal(replacement)) return;
  if (order.status === 'Filled') {
    endOrder(floor, book, { order: replacement, at, status: 'Cancelled', reason: 'The replaced order was filled' });
    return;
  }
  replacement.legs.forEach((leg, index) => {
    const left = order.legs[index]?.remaining ?? leg.quantity;
    leg.quantity = left;
    leg.remaining = left;
  });
  const complex = order.complexId === undefined ? undefined : book.complexOrders.get(order.complexId);
  if (complex !== undefined) takePlace(complex, order.id, replacement.id);
  if (complex === undefined || !waitsForTrigger(book, complex, replacement))
    startOrder(floor, book, { order: replacement, at });
}

function takePlace(complex: ComplexOrder, from: number, to: number): void {
  complex.orderIds = complex.orderIds.map((id) => (id === from ? to : id));
  if (complex.triggerId === from) complex.triggerId = to;
}

function waitsForTrigger(book: Book, complex: ComplexOrder, order: Order): boolean {
  if (complex.triggerId === undefined || complex.triggerId === order.id) return false;
  return book.orders.get(complex.triggerId)?.status !== 'Filled';
}

/** Ends an order for good: its waiting replacement goes first, or it would take its place. */
export function withdrawOrder(floor: Floor, book: Book, { order, at }: Happening): void {
  dropReplacement(floor, book, { order, at });
  if (order.status !== 'Cancel Requested') requestEnd(floor, book, { order, at, status: 'Cancel Requested' });
}

function dropReplacement(floor: Floor, book: Book, { order, at }: Happening): void {
  const replacement = order.replacedBy === undefined ? undefined : book.orders.get(order.replacedBy);
  if (replacement !== undefined) endOrder(floor, book, { order: replacement, at, status: 'Cancelled' });
}

/** The other side of an OCO goes at the instant of the trade: in between it could trade as well, and close too much. */
function dropOrder(floor: Floor, book: Book, happening: Happening): void {
  dropReplacement(floor, book, happening);
  endOrder(floor, book, { ...happening, status: 'Cancelled' });
}

/** Routes the order, unless conditions of its own come first. */
export function startOrder(floor: Floor, book: Book, happening: Happening): void {
  if (isHeldBack(happening)) {
    happening.order.contingentStatus = 'Pending Condition';
    move(floor, book, { ...happening, status: 'Contingent' });
  } else {
    routeOrder(floor, book, happening);
  }
}

function isHeldBack({ order, at }: Happening): boolean {
  const routeAfter = order.rules?.routeAfter;
  const waits = order.rules?.conditions.some(
    (condition) => condition.action === 'route' && condition.triggeredAt === undefined,
  );
  return waits === true || (routeAfter !== undefined && routeAfter > at);
}

type InComplex = Happening & { readonly complex: ComplexOrder };

const partsOf = (book: Book, complex: ComplexOrder): Order[] =>
  complex.orderIds.flatMap((id) => book.orders.get(id) ?? []);

function settleComplex(floor: Floor, book: Book, { order, at, complex }: InComplex): void {
  const parts = partsOf(book, complex);
  if (order.id === complex.triggerId) settleTrigger(floor, book, { order, at, complex });
  else if (complex.type !== 'OTO' && complex.orderIds.includes(order.id) && !isZero(filledUnits(order))) {
    for (const other of parts)
      if (other.id !== order.id && !isTerminal(other)) dropOrder(floor, book, { order: other, at });
  }
  const trigger = complex.triggerId === undefined ? undefined : book.orders.get(complex.triggerId);
  const done = [...parts, ...(trigger === undefined ? [] : [trigger])].every(isTerminal);
  if (!done || complex.terminalAt !== undefined) return;
  complex.terminalAt = at;
  tellComplexOrder(floor, book, { complex, at });
}

function settleTrigger(floor: Floor, book: Book, { order, at, complex }: InComplex): void {
  if (!isTerminal(order)) return;
  for (const part of partsOf(book, complex)) {
    if (part.contingentStatus !== 'Pending Order') continue;
    if (order.status === 'Filled') startAfterTrigger(floor, book, { order: part, at });
    else endOrder(floor, book, { order: part, at, status: 'Cancelled' });
  }
}

/** Only now is it known what there is to close. */
function startAfterTrigger(floor: Floor, book: Book, { order, at }: Happening): void {
  if (exceedsPosition(book, order)) {
    const reason = refusalRemark('cannot_close_against_more_than_existing_position').message;
    endOrder(floor, book, { order, at, status: 'Rejected', reason });
    return;
  }
  startOrder(floor, book, { order, at });
}
