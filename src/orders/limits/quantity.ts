import type { InstrumentType } from '../../broker/model/symbol.ts';
import { compare, divide, isPositive } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Plan } from '../../tenancy/plan/plan.ts';
import { freshMarket } from './fresh-market.ts';
import { openedLegs, openingParts } from './judged-order.ts';
import type { JudgedLeg } from './closing.ts';
import type { JudgedOrder, JudgedPart } from './judged-order.ts';
import type { LimitCheck } from './limit-check.ts';
import type { Readable } from './order-facts.ts';
import { atMost, notApplied, unreadable, worstOf } from './verdict.ts';

const RULE = 'quantity';
type Cap = { readonly key: 'maxShares' | 'maxContracts' | 'maxCoins'; readonly unit: string };

const SHARES: Cap = { key: 'maxShares', unit: 'shares' };
const CONTRACTS: Cap = { key: 'maxContracts', unit: 'contracts' };
const CAPS: Readonly<Record<InstrumentType, Cap>> = {
  Equity: SHARES,
  Index: SHARES,
  Warrant: SHARES,
  'Equity Option': CONTRACTS,
  Future: CONTRACTS,
  'Future Option': CONTRACTS,
  Cryptocurrency: { key: 'maxCoins', unit: 'coins' },
};

/** Each leg that opens something, by its whole quantity. */
export function checkQuantity(plan: Plan, order: JudgedOrder): LimitCheck {
  const checks = openingParts(order).flatMap((part) =>
    openedLegs(part)
      .toSorted((a, b) => compare(b.quantity ?? b.opens, a.quantity ?? a.opens))
      .map((leg) => checkLeg(plan, part, leg)),
  );
  return worstOf(checks, notApplied(RULE, 'Nothing is opened.'));
}

function checkLeg(plan: Plan, part: JudgedPart, leg: JudgedLeg): LimitCheck {
  const { key, unit } = CAPS[leg.instrument.type];
  const limit = plan[key];
  const quantity = quantityOf(part, leg);
  if (quantity.kind === 'unreadable') {
    const why = `How many ${unit} of ${leg.instrument.symbol} would be opened is not known. ${quantity.why}`;
    return unreadable(RULE, { limit, why });
  }
  return atMost(RULE, { what: `A leg in ${leg.instrument.symbol} is of`, figure: quantity.value, limit, unit });
}

/** An amount of dollars buys or sells at most as many as it would at the bid. */
function quantityOf(part: JudgedPart, { quantity }: JudgedLeg): Readable<Decimal> {
  if (quantity !== undefined) return { kind: 'known', value: quantity };
  const market = freshMarket(part);
  if (market.kind === 'unreadable') return market;
  const [quote] = market.value.quotes;
  const { value } = part.ticket;
  if (value === undefined || quote === undefined || !isPositive(quote.bid)) {
    return { kind: 'unreadable', why: 'There is no quantity, and no value at a price.' };
  }
  return { kind: 'known', value: divide(value, quote.bid) };
}
