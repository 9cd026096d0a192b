import type { OrderType } from '../../broker/model/order.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { isExtended } from '../ticket/order-rules.ts';
import { openingParts } from './judged-order.ts';
import type { JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import type { Readable } from './order-facts.ts';
import { notApplied, passed, refused, unreadable, worstOf } from './verdict.ts';

const RULE = 'trading_session';
const REGULAR = ['Open'] as const;
const EXTENDED = ['Open', 'Pre-market', 'Extended'] as const;
/** The broker's words that are known here; another one is not passed on, and no order goes by it. */
const STATES: ReadonlySet<string> = new Set([...EXTENDED, 'Closed']);
const MARKET_LIKE: ReadonlySet<OrderType> = new Set(['Market', 'Notional Market']);

/** Opening orders wait for their market, where the plan says so; market orders always do. */
export function checkSession(plan: Plan, order: JudgedOrder): LimitCheck {
  const checks = openingParts(order).map((part) => checkPart(plan, part, order.facts.session));
  return worstOf(checks, notApplied(RULE, 'Nothing is opened.'));
}

function checkPart(plan: Plan, { ticket, legs }: JudgedPart, session: Readable<string>): LimitCheck {
  const isMarket = MARKET_LIKE.has(ticket.orderType);
  if (plan.session === 'any' && !isMarket) return notApplied(RULE, 'The plan allows any time of the day.');
  if (legs.every(({ instrument }) => instrument.type === 'Cryptocurrency')) {
    return notApplied(RULE, 'Coins trade around the clock.');
  }
  const allowed: readonly string[] = !isMarket && isExtended(ticket.timeInForce) ? EXTENDED : REGULAR;
  const limit = allowed.join(', ');
  if (session.kind === 'unreadable') {
    return unreadable(RULE, { limit, why: `Whether the market is open is not known. ${session.why}` });
  }
  const figure = STATES.has(session.value) ? session.value : 'unknown';
  const said = { figure, limit, why: `The market's state is ${figure}; this order may open something in: ${limit}.` };
  return allowed.includes(session.value) ? passed(RULE, said) : refused(RULE, said);
}
