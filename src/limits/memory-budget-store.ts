import type { Clock } from '../core/clock.ts';
import { type Budget, windowOf } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';
import { Holds } from './holds.ts';

const MAX_IDLE_BUDGETS = 1000;

/** Within this process: for one replica on its own, and for what runs several in one. */
export function createMemoryBudgetStore(clock: Clock): BudgetStore {
  const budgets = new Map<string, Holds>();
  const holdsOf = ({ key }: Budget): Holds => {
    const known = budgets.get(key) ?? new Holds();
    if (!budgets.has(key) && budgets.size >= MAX_IDLE_BUDGETS) dropEmpty(budgets, clock.monotonicMs());
    budgets.set(key, known);
    return known;
  };
  return {
    ask: async ({ budget, ...ask }) => holdsOf(budget).answer(ask, windowOf(budget), clock.monotonicMs()),
    note: async (budget, units) => holdsOf(budget).note(units, windowOf(budget), clock.monotonicMs()),
  };
}

function dropEmpty(budgets: Map<string, Holds>, nowMs: number): void {
  for (const [key, holds] of budgets) {
    holds.dropEnded(nowMs);
    if (holds.isEmpty) budgets.delete(key);
  }
}
