import type { EpochMs } from '../../../core/clock.ts';
import { ZERO, type Decimal } from '../../../core/decimal.ts';
import type { ComplexOrder, Order, TradedType } from '../orders/order.ts';
import type { Profile } from '../world/profile.ts';

export type Position = {
  readonly symbol: string;
  readonly instrumentType: TradedType;
  readonly underlying: string;
  readonly streamerSymbol?: string;
  readonly multiplier: Decimal;
  readonly expiresAt?: EpochMs;
  /** Signed: long positive. Zero once closed, until the day is over. */
  quantity: Decimal;
  averageOpenPrice: Decimal;
  readonly createdAt: EpochMs;
  updatedAt: EpochMs;
  /** Signed gain of what was closed on `realizedDate`. */
  realized: Decimal;
  realizedDate: string;
};

export type Fees = {
  readonly commission: Decimal;
  readonly clearing: Decimal;
  readonly regulatory: Decimal;
  readonly proprietary: Decimal;
};

type TransactionType = 'Trade' | 'Money Movement' | 'Receive Deliver';

export type Transaction = {
  readonly id: number;
  readonly type: TransactionType;
  readonly subType: string;
  readonly description: string;
  readonly at: EpochMs;
  readonly date: string;
  readonly symbol?: string;
  readonly instrumentType?: TradedType;
  readonly underlying?: string;
  readonly action?: string;
  readonly quantity?: Decimal;
  /** By how much it changed the position: what lets any past day be told again. */
  readonly positionChange?: Decimal;
  readonly price?: Decimal;
  /** Signed, before and after fees: credit positive. */
  readonly value: Decimal;
  readonly netValue: Decimal;
  readonly fees?: Fees;
  readonly trade?: {
    readonly orderId: number;
    readonly legCount: number;
    readonly venue: string;
    readonly execId: string;
    readonly groupId: string;
  };
};

export type Sequence = 'order' | 'complex' | 'transaction' | 'fill' | 'condition';

/** One account's state. Cash changes only with a transaction, positions only with a fill or a delivery. */
export type Book = {
  readonly profile: Profile;
  readonly openedAt: EpochMs;
  cash: Decimal;
  readonly positions: Map<string, Position>;
  readonly orders: Map<number, Order>;
  readonly complexOrders: Map<number, ComplexOrder>;
  readonly transactions: Transaction[];
  /** What was there before the desk opened: the same for the same seed and opening, so no snapshot carries it. */
  past: { readonly orders: readonly Order[]; readonly transactions: readonly Transaction[] };
  readonly sequences: Record<Sequence, number>;
  /** Everything up to here has happened. */
  advancedTo: EpochMs;
};

const IDS_PER_ACCOUNT = 1_000_000;
const SLOTS = 2000;

/** Orders and transactions of different accounts have different ids, whatever the order in which accounts wake. */
function firstId(number: string): number {
  let hash = 0;
  for (const character of number) hash = (hash * 31 + character.charCodeAt(0)) % SLOTS;
  return (hash + 100) * IDS_PER_ACCOUNT;
}

export function openBook(profile: Profile, at: EpochMs): Book {
  const first = firstId(profile.number);
  return {
    profile,
    openedAt: at,
    cash: ZERO,
    positions: new Map(),
    orders: new Map(),
    complexOrders: new Map(),
    transactions: [],
    past: { orders: [], transactions: [] },
    sequences: { order: first, transaction: first, fill: first, complex: 0, condition: 0 },
    advancedTo: at,
  };
}

export function nextId(book: Book, sequence: Sequence): number {
  book.sequences[sequence] += 1;
  return book.sequences[sequence];
}

export const openPositions = (book: Book): Position[] =>
  [...book.positions.values()].filter((position) => position.quantity !== ZERO);

export const workingOrders = (book: Book): Order[] =>
  [...book.orders.values()].filter((order) => order.terminalAt === undefined);
