import { isBuy } from '../../broker/model/order.ts';
import { compare } from '../../core/decimal.ts';
import { freshMarket } from './fresh-market.ts';
import type { JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import { passed, refused, unreadable } from './verdict.ts';

const RULE = 'price_collar';

/**
 * A stop order has no price to hold to a collar. Its trigger must not have been reached: an order that is set off at once is a
 * market order by another name, and nearly always a slip of the side.
 */
export function checkTrigger(part: JudgedPart): LimitCheck {
  const { legs, stopTrigger: figure } = part.ticket;
  const [leg, ...others] = legs;
  if (leg === undefined || figure === undefined) return unreadable(RULE, { why: 'The stop order has no trigger.' });
  if (others.length > 0) {
    const why = 'The trigger of a stop order in several legs cannot be compared with the market.';
    return refused(RULE, { figure, limit: 'one leg', why });
  }
  const market = freshMarket(part);
  const quote = market.kind === 'known' ? market.value.quotes[0] : undefined;
  if (market.kind === 'unreadable' || quote === undefined) {
    return unreadable(RULE, { figure, why: 'The trigger cannot be compared with the market: it is not known.' });
  }
  const isReached = isBuy(leg.action) ? compare(figure, quote.ask) <= 0 : compare(figure, quote.bid) >= 0;
  const [way, limit] = isBuy(leg.action)
    ? ['above the ask of', `above ${quote.ask}`]
    : ['below the bid of', `below ${quote.bid}`];
  const edge = isBuy(leg.action) ? quote.ask : quote.bid;
  const why = `The trigger is ${figure}; that of a stop that ${isBuy(leg.action) ? 'buys' : 'sells'} must be ${way} ${edge}.`;
  return isReached ? refused(RULE, { figure, limit, why }) : passed(RULE, { figure, limit, why });
}
