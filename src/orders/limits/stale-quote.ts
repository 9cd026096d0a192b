import type { OrderType } from '../../broker/model/order.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { MAX_QUOTE_AGE_MS } from '../pricing/net-market.ts';
import { freshMarket } from './fresh-market.ts';
import { openingParts } from './judged-order.ts';
import type { JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { notApplied, passed, refused, unreadable, worstOf } from './verdict.ts';

const RULE = 'stale_quote';
const LIMIT = String(MAX_QUOTE_AGE_MS);
/** Orders that trade at whatever the market is. */
const UNPRICED: ReadonlySet<OrderType> = new Set(['Market', 'Marketable Limit', 'Notional Market', 'Stop']);

/** What opens at whatever the market is needs to know what it is now. */
export function checkStaleQuote(_plan: Plan, order: JudgedOrder): LimitCheck {
  return worstOf(openingParts(order).map(checkPart), notApplied(RULE, 'Nothing is opened.'));
}

function checkPart(part: JudgedPart): LimitCheck {
  const { ticket, market } = part;
  if (!UNPRICED.has(ticket.orderType)) return notApplied(RULE, 'The order is held by its own price.');
  if (market.kind === 'unreadable') {
    return unreadable(RULE, {
      limit: LIMIT,
      why: `The order has no price, and the market is not known. ${market.why}`,
    });
  }
  const figure = String(market.value.ageMs);
  const said = { figure, limit: LIMIT, why: `The oldest quote is ${figure} ms old; at most ${LIMIT} are allowed.` };
  if (!(market.value.ageMs <= MAX_QUOTE_AGE_MS)) return refused(RULE, said);
  const fresh = freshMarket(part);
  return fresh.kind === 'known' ? passed(RULE, said) : unreadable(RULE, { ...said, why: fresh.why });
}
