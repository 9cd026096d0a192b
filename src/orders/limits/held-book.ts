import type { Position } from '../../broker/model/account.ts';
import { ZERO, add, negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';

/** How much of each symbol is held: long positive, short negative. */
export type HeldBook = ReadonlyMap<string, Decimal>;

/** Symbols are compared with one blank for any number of them. */
export const symbolKey = (symbol: string): string => symbol.trim().replaceAll(/\s+/gu, ' ');

export function signedQuantity({ quantity, direction }: Position): Decimal {
  if (direction === 'Zero') return ZERO;
  return direction === 'Short' ? negate(quantity) : quantity;
}

export const bookOf = (positions: readonly Position[]): HeldBook =>
  positions.reduce<HeldBook>((book, position) => moved(book, position.symbol, signedQuantity(position)), new Map());

export const heldIn = (book: HeldBook, symbol: string): Decimal => book.get(symbolKey(symbol)) ?? ZERO;

/** The book after `change` more of a symbol. */
export const moved = (book: HeldBook, symbol: string, change: Decimal): HeldBook =>
  new Map(book).set(symbolKey(symbol), add(heldIn(book, symbol), change));
