import type { EpochMs } from '../../../core/clock.ts';
import { add, isZero, ZERO } from '../../../core/decimal.ts';
import type { Book, Transaction } from '../accounts/book.ts';
import { averageAfter } from '../accounts/change-position.ts';
import type { Standing } from '../accounts/funds.ts';
import type { Held } from '../accounts/holding.ts';

/** Tells the account's standing at one instant after another; the instants must ascend. */
type Replay = { standingAt(at: EpochMs): Standing };

export const allTransactions = (book: Book): Transaction[] => [...book.past.transactions, ...book.transactions];

/** When the account's first dollar came. */
export const beganAt = (book: Book): EpochMs => allTransactions(book)[0]?.at ?? book.openedAt;

function applyTo(held: Map<string, Held>, transaction: Transaction): void {
  const { symbol, instrumentType, positionChange: quantity } = transaction;
  if (symbol === undefined || instrumentType === undefined || quantity === undefined) return;
  const before = held.get(symbol) ?? { symbol, instrumentType, quantity: ZERO, averageOpenPrice: ZERO };
  const next = add(before.quantity, quantity);
  if (isZero(next)) held.delete(symbol);
  else
    held.set(symbol, {
      ...before,
      quantity: next,
      averageOpenPrice: averageAfter(before, { quantity, price: transaction.price ?? ZERO }),
    });
}

export function createReplay(book: Book): Replay {
  const transactions = allTransactions(book);
  const held = new Map<string, Held>();
  let cash = ZERO;
  let next = 0;
  return {
    standingAt(at) {
      for (
        let transaction = transactions[next];
        transaction !== undefined && transaction.at <= at;
        transaction = transactions[next]
      ) {
        cash = add(cash, transaction.netValue);
        applyTo(held, transaction);
        next += 1;
      }
      return { profile: book.profile, cash, positions: [...held.values()], reserved: ZERO };
    },
  };
}
