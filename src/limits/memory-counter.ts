import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Budget, BudgetCounter } from './limiter.ts';

export type CountingLimiter = { consume(key: string): Promise<RateLimiterRes> };

/** Asks a limiter of rate-limiter-flexible, one for each rate, and turns its refusal into a wait. */
export function countWith(limiterFor: (perSecond: number) => CountingLimiter): BudgetCounter {
  const limiters = new Map<number, CountingLimiter>();
  return {
    async consume({ key, perSecond }: Budget) {
      const limiter = limiters.get(perSecond) ?? limiterFor(perSecond);
      limiters.set(perSecond, limiter);
      try {
        await limiter.consume(key);
        return 0;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
        throw refused;
      }
    },
  };
}

/** Points and duration of a rate; rates below one per second get one point in a longer window. */
export function windowOf(perSecond: number): { points: number; duration: number } {
  return perSecond >= 1 ? { points: Math.floor(perSecond), duration: 1 } : { points: 1, duration: 1 / perSecond };
}

/** Counts in this process: the whole budget is this replica's. */
export function createMemoryCounter(): BudgetCounter {
  return countWith((perSecond) => new RateLimiterMemory({ keyPrefix: 'budget', ...windowOf(perSecond) }));
}
