import { epochMs, type EpochMs } from '../../../core/clock.ts';
import {
  absolute,
  decimal,
  isNegative,
  isPositive,
  isZero,
  multiply,
  negate,
  subtract,
  ZERO,
  type Decimal,
} from '../../../core/decimal.ts';
import { changePosition } from '../accounts/change-position.ts';
import type { Book, Position } from '../accounts/book.ts';
import { underlyingMark } from '../accounts/holding.ts';
import { post } from '../accounts/post.ts';
import type { Contract } from '../market.ts';
import type { Floor } from './floor.ts';
import { tradedContract, type TradedContract } from './natural.ts';

type Expiring = { readonly position: Position; readonly contract: TradedContract; readonly at: EpochMs };

/** An instant at which the contract was still listed: its market is gone at the expiration itself. */
const LAST_LOOK_MS = 1000;

type Removal = Expiring & {
  readonly subType: string;
  readonly price: Decimal;
  readonly value: Decimal;
  readonly reason: string;
};

/** Takes the position out and pays `value` for it. */
function remove(book: Book, removal: Removal): void {
  const { position, contract, at, subType, price, value, reason } = removal;
  const quantity = position.quantity;
  changePosition(book, { contract, quantity: negate(quantity), price, at });
  post(book, {
    type: 'Receive Deliver',
    subType,
    description: `Removal of ${contract.option === undefined ? 'future' : 'option'} due to ${reason}`,
    at,
    symbol: position.symbol,
    instrumentType: position.instrumentType,
    underlying: position.underlying,
    quantity: absolute(quantity),
    positionChange: negate(quantity),
    ...(isZero(price) ? {} : { price }),
    value,
  });
}

type Delivery = {
  readonly contract: TradedContract;
  readonly quantity: Decimal;
  readonly price: Decimal;
  readonly at: EpochMs;
  readonly subType: string;
};

/** Stock or future against the strike. A future is entered at the strike and costs nothing. */
function deliver(book: Book, { contract, quantity, price, at, subType }: Delivery): void {
  const gain = changePosition(book, { contract, quantity, price, at });
  const bought = isPositive(quantity);
  const paid = negate(multiply(multiply(quantity, price), contract.multiplier));
  post(book, {
    type: 'Receive Deliver',
    subType: bought ? 'Buy to Open' : 'Sell to Open',
    description: `${bought ? 'Buy' : 'Sell'} due to ${subType.toLowerCase()}`,
    at,
    symbol: contract.symbol,
    instrumentType: contract.instrumentType,
    underlying: contract.underlying,
    action: bought ? 'Buy to Open' : 'Sell to Open',
    quantity: absolute(quantity),
    positionChange: quantity,
    price,
    value: contract.instrumentType === 'Future' ? gain : paid,
  });
}

function intrinsic(contract: Contract, underlying: Decimal): Decimal {
  const strike = contract.option?.strike ?? ZERO;
  const value = contract.option?.side === 'C' ? subtract(underlying, strike) : subtract(strike, underlying);
  return isPositive(value) ? value : ZERO;
}

function settleOption(floor: Floor, book: Book, expiring: Expiring): void {
  const { position, contract, at } = expiring;
  const before = { market: floor.market, at: epochMs(at - LAST_LOOK_MS) };
  const worth = intrinsic(contract, underlyingMark(contract, before));
  if (isZero(worth)) {
    remove(book, { ...expiring, subType: 'Expiration', price: ZERO, value: ZERO, reason: 'expiration' });
    return;
  }
  const short = isNegative(position.quantity);
  const underlying = tradedContract(contract.underlying, before);
  const quantity = position.quantity;
  if (underlying === undefined || contract.listing.kind === 'index') {
    const value = multiply(multiply(worth, quantity), contract.multiplier);
    remove(book, {
      ...expiring,
      subType: short ? 'Cash Settled Assignment' : 'Cash Settled Exercise',
      price: worth,
      value,
      reason: short ? 'assignment' : 'exercise',
    });
    return;
  }
  const subType = short ? 'Assignment' : 'Exercise';
  remove(book, { ...expiring, subType, price: ZERO, value: ZERO, reason: subType.toLowerCase() });
  const perContract = contract.instrumentType === 'Future Option' ? decimal('1') : contract.multiplier;
  const delivered = multiply(quantity, perContract);
  const signed = contract.option?.side === 'C' ? delivered : negate(delivered);
  deliver(book, { contract: underlying, quantity: signed, price: contract.option?.strike ?? ZERO, at, subType });
}

/** Ends a position whose contract has expired: worthless, delivered, or paid out. */
export function settleExpiration(
  floor: Floor,
  book: Book,
  { position, at }: { position: Position; at: EpochMs },
): void {
  const before = { market: floor.market, at: epochMs(at - LAST_LOOK_MS) };
  const contract = tradedContract(position.symbol, before);
  if (contract === undefined) return;
  if (contract.option !== undefined) {
    settleOption(floor, book, { position, contract, at });
    return;
  }
  const price = floor.market.quote(contract, before.at).mark;
  const value = multiply(multiply(subtract(price, position.averageOpenPrice), position.quantity), position.multiplier);
  remove(book, { position, contract, at, subType: 'Futures Settlement', price, value, reason: 'final settlement' });
}
