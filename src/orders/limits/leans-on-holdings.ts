import type { Plan } from '../../tenancy/plan/plan.ts';
import { judgeOrder } from './judged-order.ts';
import type { OrderFacts } from './order-facts.ts';
import { checkUndefinedRisk } from './undefined-risk.ts';

const NOTHING = { kind: 'known', value: [] } as const;

/** Whether the order is covered only by what is held already: then another order of the same moment may take that cover away. */
export function leansOnHoldings(plan: Plan, facts: OrderFacts): boolean {
  const order = judgeOrder(facts);
  if (order.isClosing || checkUndefinedRisk(plan, order).verdict !== 'passed') return false;
  const bare = judgeOrder({ ...facts, positions: NOTHING, working: NOTHING });
  return checkUndefinedRisk(plan, bare).verdict !== 'passed';
}
