import type { MarketMove } from '../market.ts';

/** The level shifts that were commanded, by listing. */
export type Moves = {
  add(move: MarketMove): void;
  /** The product of all factors of a listing up to and at the instant; 1 without any. */
  factor(symbol: string, at: number): number;
  /** Instants of a listing's moves after `from` and up to `to`, in order. */
  between(symbol: string, from: number, to: number): readonly number[];
};

export function createMoves(): Moves {
  const byListing = new Map<string, readonly MarketMove[]>();
  return {
    add(move) {
      const moves = [...(byListing.get(move.symbol) ?? []), move];
      byListing.set(
        move.symbol,
        moves.toSorted((a, b) => a.at - b.at),
      );
    },
    factor(symbol, at) {
      let factor = 1;
      for (const move of byListing.get(symbol) ?? []) if (move.at <= at) factor *= move.factor;
      return factor;
    },
    between: (symbol, from, to) =>
      (byListing.get(symbol) ?? []).filter((move) => move.at > from && move.at <= to).map((move) => move.at),
  };
}
