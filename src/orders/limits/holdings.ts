import type { Position } from '../../broker/model/account.ts';
import type { Instrument } from '../../broker/model/instrument.ts';
import { ZERO, add, compare, decimal, isNegative, isPositive, isZero, multiply, negate } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import { signedQuantity, symbolKey } from './held-book.ts';
import { lotOf, readOptionSymbol } from './option-lot.ts';
import type { OptionLot } from './option-lot.ts';

const ONE = decimal(1);

/** Shares or futures of one symbol, and how much one of them is of what an option on it delivers. */
export type Stock = { readonly quantity: Decimal; readonly multiplier: Decimal };

/** What is held, as far as it can cover something or wants cover itself. Quantities are signed: short is negative. */
export type Holdings = {
  readonly options: ReadonlyMap<string, OptionLot>;
  readonly stock: ReadonlyMap<string, Stock>;
  /** Underlyings in which something is sold that was not understood: nothing that is held in them is free to cover. */
  readonly opaque: ReadonlySet<string>;
};

export const NOTHING_HELD: Holdings = { options: new Map(), stock: new Map(), opaque: new Set() };

export const holdingsOf = (positions: readonly Position[]): Holdings => positions.reduce(withPosition, NOTHING_HELD);

function withPosition(held: Holdings, position: Position): Holdings {
  const quantity = signedQuantity(position);
  if (isZero(quantity)) return held;
  const lot = lotOfPosition(position, quantity);
  if (lot !== undefined) return withLot(held, lot);
  const multiplier = position.type === 'Equity' ? ONE : position.multiplier;
  const isStock = position.type === 'Equity' || position.type === 'Future';
  if (isStock && multiplier !== undefined) return withStock(held, position.symbol, { quantity, multiplier });
  return isNegative(quantity) ? withOpaque(held, position.underlying) : held;
}

function lotOfPosition(position: Position, quantity: Decimal): OptionLot | undefined {
  const { symbol, type, underlying, multiplier } = position;
  const name = type.endsWith('Option') ? readOptionSymbol(symbol) : undefined;
  if (name === undefined) return undefined;
  return { symbol, type, underlying, quantity, ...name, ...(multiplier === undefined ? {} : { multiplier }) };
}

export function withLot(held: Holdings, lot: OptionLot): Holdings {
  const key = symbolKey(lot.symbol);
  const before = held.options.get(key);
  const quantity = add(before?.quantity ?? ZERO, lot.quantity);
  return { ...held, options: new Map(held.options).set(key, { ...lot, ...before, quantity }) };
}

function withStock(held: Holdings, symbol: string, { quantity, multiplier }: Stock): Holdings {
  const key = symbolKey(symbol);
  const before = held.stock.get(key);
  const sum = add(before?.quantity ?? ZERO, quantity);
  return { ...held, stock: new Map(held.stock).set(key, { multiplier, ...before, quantity: sum }) };
}

export const withOpaque = (held: Holdings, underlying: string): Holdings => ({
  ...held,
  opaque: new Set(held.opaque).add(underlying),
});

/** After `change` more of an instrument has been opened: signed, a sale is negative. */
export function opened(held: Holdings, instrument: Instrument, change: Decimal): Holdings {
  if (isZero(change)) return held;
  const lot = lotOf(instrument, change);
  if (lot !== undefined) return withLot(held, lot);
  if (instrument.type === 'Equity' || instrument.type === 'Future') {
    return withStock(held, instrument.symbol, { quantity: change, multiplier: instrument.multiplier });
  }
  return isNegative(change) ? withOpaque(held, instrument.underlying) : held;
}

/** After `change` of a symbol has been closed, signed like a trade. It takes away what there is, and never turns the side. */
export function closed(held: Holdings, symbol: string, change: Decimal): Holdings {
  const key = symbolKey(symbol);
  const [option, stock] = [held.options.get(key), held.stock.get(key)];
  if (option !== undefined) {
    const quantity = towardsZero(option.quantity, change);
    return { ...held, options: new Map(held.options).set(key, { ...option, quantity }) };
  }
  if (stock === undefined) return held;
  const quantity = towardsZero(stock.quantity, change);
  return { ...held, stock: new Map(held.stock).set(key, { ...stock, quantity }) };
}

function towardsZero(held: Decimal, change: Decimal): Decimal {
  const left = add(held, change);
  if (isPositive(held)) return compare(left, held) > 0 ? held : atLeastZero(left);
  return compare(left, held) < 0 ? held : negate(atLeastZero(negate(left)));
}

const atLeastZero = (value: Decimal): Decimal => (isNegative(value) ? ZERO : value);

const lots = ({ options }: Holdings): readonly OptionLot[] => [...options.values()];

export const longLots = (held: Holdings): readonly OptionLot[] =>
  lots(held).filter(({ quantity }) => isPositive(quantity));

export const shortLots = (held: Holdings): readonly OptionLot[] =>
  lots(held)
    .filter(({ quantity }) => isNegative(quantity))
    .map((lot) => ({ ...lot, quantity: negate(lot.quantity) }));

/** How much of each underlying is held long, in units of what an option on it delivers. */
export const longUnits = ({ stock }: Holdings): ReadonlyMap<string, Decimal> =>
  new Map(
    [...stock].map(([symbol, { quantity, multiplier }]) => [symbol, multiply(atLeastZero(quantity), multiplier)]),
  );
