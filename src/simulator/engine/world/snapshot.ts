import { GatewayError } from '../../../core/errors.ts';
import type { EpochMs } from '../../../core/clock.ts';
import type { Decimal } from '../../../core/decimal.ts';
import type { Book, Position, Sequence, Transaction } from '../accounts/book.ts';
import type { WireObject } from '../desk.ts';
import type { ComplexOrder, Order } from '../orders/order.ts';
import type { Arrival, Register } from './register.ts';

const VERSION = 1;

type BookState = {
  readonly number: string;
  readonly cash: Decimal;
  readonly positions: readonly Position[];
  readonly orders: readonly Order[];
  readonly complexOrders: readonly ComplexOrder[];
  readonly transactions: readonly Transaction[];
  readonly sequences: Record<Sequence, number>;
  readonly advancedTo: EpochMs;
};

type DeskState = {
  readonly version: number;
  readonly seed: string;
  readonly openedAt: EpochMs;
  readonly arrivals: readonly Arrival[];
  readonly books: readonly BookState[];
};

const stateOf = (book: Book): BookState => ({
  number: book.profile.number,
  cash: book.cash,
  positions: [...book.positions.values()],
  orders: [...book.orders.values()],
  complexOrders: [...book.complexOrders.values()],
  transactions: book.transactions,
  sequences: book.sequences,
  advancedTo: book.advancedTo,
});

/** What was done since the desk opened; what came before follows from seed and opening. Shares nothing with the desk. */
export function snapshotRegister(register: Register): WireObject {
  const state: DeskState = {
    version: VERSION,
    seed: register.seed,
    openedAt: register.openedAt(),
    arrivals: register.arrivals(),
    books: register.openBooks().map(stateOf),
  };
  return structuredClone(state);
}

function fill(book: Book, state: BookState): void {
  book.cash = state.cash;
  book.advancedTo = state.advancedTo;
  Object.assign(book.sequences, state.sequences);
  for (const kept of [book.positions, book.orders, book.complexOrders]) kept.clear();
  for (const position of state.positions) book.positions.set(position.symbol, position);
  for (const order of state.orders) book.orders.set(order.id, order);
  for (const complex of state.complexOrders) book.complexOrders.set(complex.id, complex);
  book.transactions.splice(0, book.transactions.length, ...state.transactions);
}

/** Continues where the snapshot was taken. Throws `invalid_input` when it is another seed's or another version's. */
export function restoreRegister(register: Register, snapshot: WireObject): void {
  const state = structuredClone(snapshot) as DeskState;
  if (state.version !== VERSION || state.seed !== register.seed) {
    throw new GatewayError('invalid_input', 'The snapshot was taken by a simulator with another seed or version.');
  }
  register.reopen(state.openedAt, state.arrivals);
  for (const book of state.books) {
    const opened = register.book(book.number);
    if (opened !== undefined) fill(opened, book);
  }
}
