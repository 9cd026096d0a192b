import { isBuy } from '../../broker/model/order.ts';
import { ZERO, absolute, compare, decimal, isZero, multiply, negate, subtract } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import type { NetMarket } from '../pricing/net-market.ts';
import { hasPrice } from '../ticket/order-rules.ts';
import { freshMarket } from './fresh-market.ts';
import { openingParts } from './judged-order.ts';
import type { JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { checkTrigger } from './stop-trigger.ts';
import { notApplied, passed, refused, unreadable, worstOf } from './verdict.ts';

const RULE = 'price_collar';
const HUNDREDTH = decimal('0.01');
/** Per unit. A percentage of a cheap option or spread is less than one price step. */
const OPTION_FLOOR = decimal('0.05');

/** An opening price may be worse than what could be had at once by so many percent of it, and not by more. */
export function checkCollar(plan: Plan, order: JudgedOrder): LimitCheck {
  const checks = openingParts(order).map((part) => checkPart(plan, part));
  return worstOf(checks, notApplied(RULE, 'Nothing is opened.'));
}

function checkPart(plan: Plan, part: JudgedPart): LimitCheck {
  const { ticket, price } = part;
  if (ticket.orderType === 'Stop') return checkTrigger(part);
  if (price === undefined) {
    return hasPrice(ticket.orderType)
      ? unreadable(RULE, { why: 'The order has no price that could be compared with the market.' })
      : notApplied(RULE, `A ${ticket.orderType.toLowerCase()} order has no price of its own.`);
  }
  const market = freshMarket(part);
  if (market.kind === 'unreadable') {
    return unreadable(RULE, { figure: price, why: `The price cannot be compared with the market. ${market.why}` });
  }
  return comparePrice(plan, part, { price, market: market.value });
}

function comparePrice(
  { collarPercent }: Plan,
  part: JudgedPart,
  { price, market }: { price: Decimal; market: NetMarket },
): LimitCheck {
  const reference = referenceOf(part, market);
  const limit = subtract(reference, allowanceOf(part, reference, collarPercent));
  const isWorse = compare(price, limit) < 0;
  const why = `The price is ${price} per unit; against a market of ${reference} the plan allows ${limit} at worst (${collarPercent} %).`;
  return isWorse ? refused(RULE, { figure: price, limit, why }) : passed(RULE, { figure: price, limit, why });
}

function allowanceOf({ ticket }: JudgedPart, reference: Decimal, percent: Decimal): Decimal {
  const share = multiply(absolute(reference), multiply(percent, HUNDREDTH));
  const floor = ticket.legs.every(({ instrument }) => instrument.type.endsWith('Option')) ? OPTION_FLOOR : ZERO;
  // A collar of zero is meant: at the market or better.
  return isZero(percent) || compare(share, floor) > 0 ? share : floor;
}

/** A stop limit order trades where its trigger is, if that is the worse; the trigger of several legs says nothing of their net. */
function referenceOf({ ticket: { legs, stopTrigger } }: JudgedPart, { natural }: NetMarket): Decimal {
  const [only, ...others] = legs;
  if (stopTrigger === undefined || only === undefined || others.length > 0) return natural;
  const triggered = isBuy(only.action) ? negate(stopTrigger) : stopTrigger;
  return compare(triggered, natural) < 0 ? triggered : natural;
}
