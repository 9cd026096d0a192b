import type { EpochMs } from '../../../core/clock.ts';
import type { Floor } from '../matching/floor.ts';
import { complexOrderWire, orderWire } from '../orders/order-wire.ts';
import type { ComplexOrder, Order } from '../orders/order.ts';
import { balancesWire } from './balances-wire.ts';
import type { Book } from './book.ts';
import { fundsOf, standingOf } from './funds.ts';
import { positionWire } from './position-wire.ts';

export function tellOrder(floor: Floor, book: Book, order: Order): void {
  const account = book.profile.number;
  floor.tell({ account, type: 'Order', at: order.updatedAt, data: () => orderWire(order, account) });
}

export function tellComplexOrder(floor: Floor, book: Book, told: { complex: ComplexOrder; at: EpochMs }): void {
  const account = book.profile.number;
  floor.tell({ account, type: 'ComplexOrder', at: told.at, data: () => wireOfComplex(book, told.complex) });
}

export function wireOfComplex(book: Book, complex: ComplexOrder): ReturnType<typeof complexOrderWire> {
  const orders = complex.orderIds.flatMap((id) => book.orders.get(id) ?? []);
  const trigger = complex.triggerId === undefined ? undefined : book.orders.get(complex.triggerId);
  return complexOrderWire(complex, { trigger, orders }, book.profile.number);
}

export function tellBalance(floor: Floor, book: Book, at: EpochMs): void {
  const account = book.profile.number;
  floor.tell({
    account,
    type: 'AccountBalance',
    at,
    data: () => balancesWire(fundsOf(standingOf(book), { market: floor.market, at }), at),
  });
}

export function tellPosition(floor: Floor, book: Book, changed: { symbol: string; at: EpochMs }): void {
  const position = book.positions.get(changed.symbol);
  if (position === undefined) return;
  const account = book.profile.number;
  const view = { market: floor.market, at: changed.at, account, includeMarks: false };
  floor.tell({ account, type: 'CurrentPosition', at: changed.at, data: () => positionWire(position, view) });
}
