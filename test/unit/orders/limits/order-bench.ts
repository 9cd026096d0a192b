import type { Position } from '../../../../src/broker/model/account.ts';
import type { Instrument } from '../../../../src/broker/model/instrument.ts';
import type { LegAction, PlacedLeg, PlacedOrder } from '../../../../src/broker/model/order.ts';
import { accountNumber, brokerSymbol } from '../../../../src/broker/model/symbol.ts';
import { decimal } from '../../../../src/core/decimal.ts';
import { checkLimits } from '../../../../src/orders/limits/check-limits.ts';
import type { LimitCheck, LimitRule } from '../../../../src/orders/limits/limit-check.ts';
import type { OrderFacts, PricedTicket, Readable } from '../../../../src/orders/limits/order-facts.ts';
import { netMarket } from '../../../../src/orders/pricing/net-market.ts';
import type { NetMarket } from '../../../../src/orders/pricing/net-market.ts';
import { ratioOf } from '../../../../src/orders/ticket/ratio.ts';
import type { Ticket } from '../../../../src/orders/ticket/ticket.ts';
import { DEFAULT_PLANS } from '../../../../src/tenancy/plan/plan.ts';
import type { Plan } from '../../../../src/tenancy/plan/plan.ts';
import { instrument, option } from '../../../support/fake-broker-market.ts';

export const ACCOUNT = accountNumber('5WT00001');
/** A plan under which nothing but the rule in question stands in the way. */
export const WIDE: Plan = {
  ...DEFAULT_PLANS.paper,
  maxShares: decimal(1_000_000),
  maxContracts: decimal(1_000_000),
  maxCoins: decimal(1_000_000),
  maxNotional: decimal(1_000_000_000),
  maxBuyingPower: decimal(1_000_000_000),
  undefinedRisk: true,
  collarPercent: decimal(1000),
  dailyLoss: decimal(1_000_000),
};

export const known = <Value>(value: Value): Readable<Value> => ({ kind: 'known', value });
export const UNREAD = { kind: 'unreadable', why: 'It could not be read.' } as const;

export const SPY = instrument('Equity', 'SPY');
export const ES = instrument('Future', '/ESZ6', { multiplier: decimal(50) });
export const BTC = instrument('Cryptocurrency', 'BTC/USD');
export const call = (strike: number, date = '2026-12-18', root = 'SPY'): Instrument =>
  option({ root, date, side: 'C', strike });
export const put = (strike: number, date = '2026-12-18', root = 'SPY'): Instrument =>
  option({ root, date, side: 'P', strike });

export type LegAsked = readonly [action: LegAction, quantity: number | string | undefined, instrument: Instrument];

export function ticketOf(legs: readonly LegAsked[], changes: Partial<Ticket> = {}): Ticket {
  const quantities = legs.map(([, quantity]) => (quantity === undefined ? undefined : decimal(quantity)));
  const ratios = ratioOf(quantities.map((quantity) => quantity ?? decimal(1)));
  return {
    orderType: 'Limit',
    timeInForce: 'Day',
    repairs: [],
    legs: legs.map(([action, , of], at) => {
      const quantity = quantities[at];
      return {
        instrument: of,
        action,
        ratio: ratios[at] ?? decimal(1),
        ...(quantity === undefined ? {} : { quantity }),
      };
    }),
    ...changes,
  };
}

type Sides = readonly [bid: number | string, ask: number | string];

export function marketOf(ticket: Ticket, sides: readonly Sides[], ageMs = 0): NetMarket {
  const quotes = ticket.legs.map(({ action, ratio }, at) => {
    const [bid, ask] = sides[at] ?? sides[0] ?? [1, 1];
    return { action, ratio, bid: decimal(bid), ask: decimal(ask) };
  });
  return netMarket(quotes, ageMs);
}

/** A part in a market where each leg is quoted as given, or all like the first. */
export function partOf(
  ticket: Ticket,
  { price, sides = [[1, 1]], ageMs }: { price?: number | string; sides?: readonly Sides[]; ageMs?: number } = {},
): PricedTicket {
  return {
    ticket,
    ...(price === undefined ? {} : { price: decimal(price) }),
    market: known(marketOf(ticket, sides, ageMs)),
  };
}

export function factsOf(parts: PricedTicket | readonly PricedTicket[], changes: Partial<OrderFacts> = {}): OrderFacts {
  return {
    account: ACCOUNT,
    parts: 'ticket' in parts ? [parts] : parts,
    positions: known([]),
    working: known([]),
    effects: known({ buyingPower: { changeInBuyingPower: decimal(0) }, warnings: [] }),
    session: known('Open'),
    realizedToday: known(decimal(0)),
    ...changes,
  };
}

/** Long when the quantity is above zero, short below. */
export function position(quantity: number, of: Instrument, changes: Partial<Position> = {}): Position {
  return {
    account: ACCOUNT,
    symbol: of.symbol,
    type: of.type,
    underlying: of.underlying,
    quantity: decimal(Math.abs(quantity)),
    direction: quantity < 0 ? 'Short' : 'Long',
    multiplier: of.multiplier,
    ...changes,
  };
}

export function workingOrder(legs: readonly LegAsked[], changes: Partial<PlacedOrder> = {}): PlacedOrder {
  return {
    id: '1',
    account: ACCOUNT,
    status: 'Live',
    orderType: 'Limit',
    timeInForce: 'GTC',
    underlying: brokerSymbol(legs[0]?.[2].underlying ?? 'SPY'),
    legs: legs.map(([action, quantity, of]): PlacedLeg => {
      const amount = quantity === undefined ? {} : { quantity: decimal(quantity), remaining: decimal(quantity) };
      return { symbol: of.symbol, type: of.type, action, fills: [], ...amount };
    }),
    isCancellable: true,
    isEditable: true,
    ...changes,
  };
}

/** What one rule says of an order. */
export function checkOf(rule: LimitRule, plan: Partial<Plan>, facts: OrderFacts): LimitCheck {
  const check = checkLimits({ ...WIDE, ...plan }, facts).find((each) => each.rule === rule);
  if (check === undefined) throw new RangeError(`checkLimits says nothing of ${rule}`);
  return check;
}

export const verdictOf = (rule: LimitRule, plan: Partial<Plan>, facts: OrderFacts): LimitCheck['verdict'] =>
  checkOf(rule, plan, facts).verdict;
