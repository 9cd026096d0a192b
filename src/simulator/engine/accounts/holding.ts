import type { EpochMs } from '../../../core/clock.ts';
import { multiply, subtract, sum, ZERO, type Decimal } from '../../../core/decimal.ts';
import type { Contract, Market } from '../market.ts';
import type { TradedType } from '../orders/order.ts';
import type { Position } from './book.ts';

/** A position that the market still knows, with its mark. Quantity signed. */
export type Holding = {
  readonly contract: Contract;
  readonly instrumentType: TradedType;
  readonly quantity: Decimal;
  readonly mark: Decimal;
  readonly averageOpenPrice: Decimal;
};

export type MarketView = { readonly market: Market; readonly at: EpochMs };

export function markOf(contract: Contract, view: MarketView): Decimal {
  return view.market.quote(contract, view.at).mark;
}

/** The mark of what trades under this contract; the contract's own when it is not a derivative. */
export function underlyingMark(contract: Contract, view: MarketView): Decimal {
  if (contract.underlying === contract.symbol) return markOf(contract, view);
  const underlying = view.market.find(contract.underlying, view.at);
  return underlying === undefined ? ZERO : markOf(underlying, view);
}

/** As much of a position as a valuation needs. */
export type Held = Pick<Position, 'symbol' | 'instrumentType' | 'quantity' | 'averageOpenPrice'>;

/** What is no longer listed at the instant has no value and is left out. */
export function holdingsOf(positions: readonly Held[], view: MarketView): Holding[] {
  return positions.flatMap((position) => {
    const contract = view.market.find(position.symbol, view.at);
    if (contract === undefined || position.quantity === ZERO) return [];
    const { quantity, instrumentType, averageOpenPrice } = position;
    return [{ contract, instrumentType, quantity, averageOpenPrice, mark: markOf(contract, view) }];
  });
}

/** Signed market value; of a future its open gain, since nothing was paid for it. */
export function valueOf(holding: Holding): Decimal {
  const price = holding.instrumentType === 'Future' ? subtract(holding.mark, holding.averageOpenPrice) : holding.mark;
  return multiply(multiply(price, holding.quantity), holding.contract.multiplier);
}

export const totalValue = (holdings: readonly Holding[]): Decimal => sum(holdings.map(valueOf));
