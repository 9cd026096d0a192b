import type { EpochMs } from '../../../core/clock.ts';
import { add, subtract, sum, type Decimal } from '../../../core/decimal.ts';
import { tradingDay } from '../world/trading-day.ts';
import { nextId, type Book, type Fees, type Transaction } from './book.ts';

export const feeTotal = (fees: Fees): Decimal =>
  sum([fees.commission, fees.clearing, fees.regulatory, fees.proprietary]);

type Entry = Omit<Transaction, 'id' | 'date' | 'netValue'>;

/** Writes a transaction and moves the cash by its net value: the one place where cash changes. */
export function post(book: Book, entry: Entry): Transaction {
  const netValue = entry.fees === undefined ? entry.value : subtract(entry.value, feeTotal(entry.fees));
  const transaction: Transaction = { ...entry, id: nextId(book, 'transaction'), date: tradingDay(entry.at), netValue };
  book.transactions.push(transaction);
  book.cash = add(book.cash, netValue);
  return transaction;
}

type MoneyMovement = {
  readonly subType: string;
  readonly description: string;
  readonly value: Decimal;
  readonly at: EpochMs;
  readonly symbol?: string;
};

export function moveMoney(book: Book, movement: MoneyMovement): Transaction {
  const { symbol, ...rest } = movement;
  const of = symbol === undefined ? {} : { symbol, underlying: symbol, instrumentType: 'Equity' as const };
  return post(book, { type: 'Money Movement', ...rest, ...of });
}

/** The fees of `after` that were not yet charged with `before`. */
export function feeDifference(after: Fees, before: Fees): Fees {
  return {
    commission: subtract(after.commission, before.commission),
    clearing: subtract(after.clearing, before.clearing),
    regulatory: subtract(after.regulatory, before.regulatory),
    proprietary: subtract(after.proprietary, before.proprietary),
  };
}
