import type { RedisConnection } from '../redis/connect.ts';
import { redisKey } from '../redis/keys.ts';
import { type Budget, windowOf } from './budget.ts';
import { budgetScripts } from './budget-script.ts';
import type { BudgetStore } from './budget-store.ts';

/** In Redis, for all replicas. */
export function createRedisBudgetStore(redis: Pick<RedisConnection, 'ask'>): BudgetStore {
  const keysOf = ({ key }: Budget): string[] => [redisKey('budget', key)];
  return {
    async ask({ budget, holder, lease, units, isUrgent, bound }) {
      const { units: total, holdMs } = windowOf(budget);
      const args = [total, holdMs, holder, lease, units, isUrgent ? 1 : 0, bound.units, Math.ceil(bound.forMs)];
      const numbers = await redis.ask((client) => budgetScripts.ask(client, keysOf(budget), args));
      const [leaseUnits = 0, leaseMs = 0, singles = 0, waitMs = 0, rivals = 0] = numbers as readonly number[];
      return { lease: leaseUnits, leaseMs, units: singles, waitMs, rivals };
    },
    async note(budget, units) {
      const { units: total, holdMs } = windowOf(budget);
      await redis.ask((client) => budgetScripts.note(client, keysOf(budget), [total, holdMs, '', units]));
    },
  };
}
