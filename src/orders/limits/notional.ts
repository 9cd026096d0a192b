import { ZERO, absolute, compare, divide, multiply, subtract, sum } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { LegQuote, NetMarket } from '../pricing/net-market.ts';
import { freshMarket } from './fresh-market.ts';
import { judgeOrder, openedLegs, openingParts } from './judged-order.ts';
import type { JudgedLeg } from './closing.ts';
import type { Course, JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import type { OrderFacts, Readable } from './order-facts.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { atMost, unreadable } from './verdict.ts';

const known = (value: Decimal): Readable<Decimal> => ({ kind: 'known', value });
const larger = (a: Decimal, b: Decimal): Decimal => (compare(a, b) >= 0 ? a : b);

/**
 * The gross value of what the order opens, in dollars, at the worse of the market and its own price: an absurd price of the
 * caller can raise it and never lower it. Zero for what only closes. Of a complex order the most that can come to pass.
 * docs/limits.md says what is and what is not in it.
 */
export const notionalOf = (facts: OrderFacts): Readable<Decimal> => notionalOfJudged(judgeOrder(facts));

/** What to reserve against the day: a replacement frees what the order that it replaces had reserved. */
export function toReserve(notional: Decimal, { alreadyReserved = ZERO }: Pick<OrderFacts, 'alreadyReserved'>): Decimal {
  return larger(subtract(notional, alreadyReserved), ZERO);
}

function notionalOfJudged(order: JudgedOrder): Readable<Decimal> {
  if (order.isClosing) return known(ZERO);
  if (openingParts(order).length === 0) return { kind: 'unreadable', why: 'The order has no legs.' };
  return joined(order.courses.map(courseNotional), (values) => values.reduce(larger));
}

export function checkNotional({ maxNotional }: Plan, order: JudgedOrder): LimitCheck {
  const notional = notionalOfJudged(order);
  if (notional.kind === 'unreadable') {
    const why = `The value of what the order would open is not known. ${notional.why}`;
    return unreadable('notional', { limit: maxNotional, why });
  }
  const measure = { what: 'The order would open a value of', figure: notional.value, limit: maxNotional };
  return atMost('notional', { ...measure, unit: 'dollars' });
}

const courseNotional = (course: Course): Readable<Decimal> => joined(course.map(partNotional), sum);

function joined(
  amounts: readonly Readable<Decimal>[],
  join: (values: readonly Decimal[]) => Decimal,
): Readable<Decimal> {
  const values: Decimal[] = [];
  for (const amount of amounts) {
    if (amount.kind === 'unreadable') return amount;
    values.push(amount.value);
  }
  return known(join(values));
}

function partNotional(part: JudgedPart): Readable<Decimal> {
  const opened = openedLegs(part);
  if (opened.length === 0) return known(ZERO);
  if (part.ticket.value !== undefined) return known(absolute(part.ticket.value));
  if (opened.some(({ quantity }) => quantity === undefined)) {
    return { kind: 'unreadable', why: 'A leg has neither a quantity nor a value.' };
  }
  const market = freshMarket(part);
  return market.kind === 'unreadable' ? market : known(larger(grossOf(part, market.value), netOf(part)));
}

/** All opening legs at what they cost at most, sold ones like bought ones. */
function grossOf(part: JudgedPart, { quotes }: NetMarket): Decimal {
  return sum(
    part.legs.map((leg, at) => {
      const quote = quotes[at];
      if (quote === undefined) throw new RangeError('A leg without a quote');
      return valueOf(leg, worstPrice(quote, part));
    }),
  );
}

const valueOf = ({ opens, instrument }: JudgedLeg, price: Decimal): Decimal =>
  multiply(multiply(opens, instrument.multiplier), price);

/** Prices below zero exist: what they are away from it is what is at stake. */
function worstPrice({ bid, ask }: LegQuote, { ticket, price }: JudgedPart): Decimal {
  const quoted = larger(absolute(bid), absolute(ask));
  // The prices of a spread are net: they say nothing of one leg.
  if (ticket.legs.length > 1) return quoted;
  return [price, ticket.stopTrigger].reduce<Decimal>(
    (worst, own) => (own === undefined ? worst : larger(worst, absolute(own))),
    quoted,
  );
}

/** All units of a spread at the order's own net price. */
function netOf({ legs, price }: JudgedPart): Decimal {
  if (price === undefined || legs.length < 2) return ZERO;
  const units = legs.map(({ quantity, ratio }) => (quantity === undefined ? ZERO : divide(quantity, ratio)));
  const multipliers = legs.map(({ instrument }) => instrument.multiplier);
  return multiply(multiply(absolute(price), units.reduce(larger)), multipliers.reduce(larger));
}
