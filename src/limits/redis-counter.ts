import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { RedisConnection } from '../redis/connect.ts';
import type { BudgetCounter } from './limiter.ts';
import { countWith, windowOf } from './memory-counter.ts';

/** Counts in Redis, for all replicas together. While Redis is away each replica counts for itself. */
export function createRedisCounter(redis: RedisConnection): BudgetCounter {
  return countWith((perSecond) => {
    const window = windowOf(perSecond);
    return new RateLimiterRedis({
      storeClient: redis.client,
      keyPrefix: `budget:${perSecond}`,
      ...window,
      insuranceLimiter: new RateLimiterMemory({ keyPrefix: 'budget', ...window }),
    });
  });
}
