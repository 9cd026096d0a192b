import type { EpochMs } from '../../../core/clock.ts';
import { isBuy } from '../../../broker/model/order.ts';
import { isZero, multiply, negate, subtract, sum, ZERO, type Decimal } from '../../../core/decimal.ts';
import { changePosition } from '../accounts/change-position.ts';
import { nextId, type Book, type Fees } from '../accounts/book.ts';
import { feeDifference, post } from '../accounts/post.ts';
import { feesOf, feeSums } from '../fees/schedule.ts';
import type { Fill, Leg, Order } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';
import { describeTrade } from './describe-trade.ts';
import type { PricedLeg } from './natural.ts';

type Execution = {
  readonly legs: readonly PricedLeg[];
  /** Units of the leg ratio. */
  readonly units: Decimal;
  readonly at: EpochMs;
};

const venueOf = (leg: Leg): string =>
  leg.instrumentType.startsWith('Future') ? 'MARKET_SIMULATOR_CME' : 'MARKET_SIMULATOR_A';

function newFill(book: Book, priced: PricedLeg, { units, at }: Execution): Fill {
  const sequence = nextId(book, 'fill');
  const venue = venueOf(priced.leg);
  const day = tradingDay(at).replaceAll('-', '');
  return {
    id: `${sequence}_TW::${venue}::${day}.${sequence % 100_000}`,
    groupId: String(sequence),
    execId: String(sequence % 10_000_000),
    quantity: multiply(priced.ratio, units),
    price: priced.price,
    at,
    venue,
  };
}

/** Fees of everything filled on the leg so far, so that caps and roundings apply to the leg and not to each fill. */
function feesSoFar({ leg, contract }: PricedLeg): Fees {
  const quantity = sum(leg.fills.map((fill) => fill.quantity));
  const notional = multiply(sum(leg.fills.map((fill) => multiply(fill.quantity, fill.price))), contract.multiplier);
  return feeSums(feesOf({ contract, action: leg.action, quantity, notional }));
}

function fillLeg(book: Book, order: Order, filled: { priced: PricedLeg; fill: Fill }): void {
  const { priced, fill } = filled;
  const { leg, contract } = priced;
  const before = feesSoFar(priced);
  leg.fills.push(fill);
  leg.remaining = subtract(leg.remaining, fill.quantity);
  const change = isBuy(leg.action) ? fill.quantity : negate(fill.quantity);
  const gain = changePosition(book, { contract, quantity: change, price: fill.price, at: fill.at });
  const paid = negate(multiply(multiply(fill.price, change), contract.multiplier));
  post(book, {
    type: 'Trade',
    subType: leg.action,
    description: describeTrade({ action: leg.action, quantity: fill.quantity, contract, price: fill.price }),
    at: fill.at,
    symbol: leg.symbol,
    instrumentType: leg.instrumentType,
    underlying: contract.underlying,
    action: leg.action,
    quantity: fill.quantity,
    positionChange: change,
    price: fill.price,
    // A future is marked to the market, not paid for: closing it settles the gain.
    value: leg.instrumentType === 'Future' ? gain : paid,
    fees: feeDifference(feesSoFar(priced), before),
    trade: {
      orderId: order.id,
      legCount: order.legs.length,
      venue: fill.venue,
      execId: fill.id,
      groupId: fill.groupId,
    },
  });
}

/** Books the fills of all legs, then the order's new state. */
export function fillOrder(book: Book, order: Order, execution: Execution): void {
  for (const priced of execution.legs) fillLeg(book, order, { priced, fill: newFill(book, priced, execution) });
  order.updatedAt = execution.at;
  if (order.legs.every((leg) => isZero(leg.remaining))) {
    order.status = 'Filled';
    order.terminalAt = execution.at;
    delete order.due;
  }
}

export const filledUnits = (order: Order): Decimal => {
  const first = order.legs[0];
  return first === undefined ? ZERO : subtract(first.quantity, first.remaining);
};
