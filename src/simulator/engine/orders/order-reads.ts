import type { EpochMs } from '../../../core/clock.ts';
import type { Book } from '../accounts/book.ts';
import { wireOfComplex } from '../accounts/tell.ts';
import type { Desk, OrderSearch } from '../desk.ts';
import { tradingDay } from '../world/trading-day.ts';
import { orderWire } from './order-wire.ts';
import { isTerminal, type Order } from './order.ts';

type OrderReads = Pick<Desk, 'orders' | 'liveOrders' | 'order' | 'complexOrders'>;

const allOrders = (book: Book): Order[] => [...book.past.orders, ...book.orders.values()];

export const findOrder = (book: Book, id: number): Order | undefined =>
  book.orders.get(id) ?? book.past.orders.find((order) => order.id === id);

const matches = (search: OrderSearch, order: Order): boolean =>
  (search.from === undefined || order.receivedAt >= search.from) &&
  (search.to === undefined || order.receivedAt <= search.to) &&
  (search.statuses === undefined || search.statuses.length === 0 || search.statuses.includes(order.status)) &&
  (search.underlying === undefined || order.underlying === search.underlying) &&
  (search.underlyingInstrumentType === undefined || order.underlyingType === search.underlyingInstrumentType);

/** Created or updated today, in whatever state, and everything that still works. */
const isOfToday = (order: Order, today: string): boolean => !isTerminal(order) || tradingDay(order.updatedAt) === today;

export function createOrderReads({ now, book }: { now: () => EpochMs; book: (number: string) => Book }): OrderReads {
  return {
    orders(number, search) {
      const found = allOrders(book(number)).filter((order) => matches(search, order));
      const ascending = found.toSorted((a, b) => a.receivedAt - b.receivedAt || a.id - b.id);
      const sorted = search.ascending === true ? ascending : ascending.toReversed();
      return sorted.map((order) => orderWire(order, number));
    },
    liveOrders(number) {
      const today = tradingDay(now());
      const live = allOrders(book(number)).filter((order) => isOfToday(order, today));
      return live.toReversed().map((order) => orderWire(order, number));
    },
    order(number, id) {
      const found = findOrder(book(number), id);
      return found === undefined ? undefined : orderWire(found, number);
    },
    complexOrders(number) {
      const current = book(number);
      return [...current.complexOrders.values()].toReversed().map((complex) => wireOfComplex(current, complex));
    },
  };
}
