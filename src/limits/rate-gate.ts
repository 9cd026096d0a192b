import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

type GateOptions = { readonly signal: AbortSignal; readonly maxWaitMs: number };

/** Keeps one caller's loop from taking the process: so many calls a second under one key, within this process. */
export type RateGate = {
  /** Waits for a while; throws `rate_limited` (with `retryAfterMs`) as soon as it is clear that it would be too long. */
  pass(key: string, options: GateOptions): Promise<void>;
};

const SECOND_MS = 1000;

export function createRateGate(perSecond: number, clock: Clock): RateGate {
  const limiter = new RateLimiterMemory({ keyPrefix: 'calls', points: perSecond, duration: 1 });
  const inside = new Map<string, number>();
  const count = (key: string, change: number): number => {
    const now = (inside.get(key) ?? 0) + change;
    if (now > 0) inside.set(key, now);
    else inside.delete(key);
    return now;
  };

  async function waitMs(key: string): Promise<number> {
    try {
      await limiter.consume(key);
      return 0;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, refused.msBeforeNext);
      throw refused;
    }
  }

  async function untilPassed(key: string, aheadMs: number, { signal, maxWaitMs }: GateOptions): Promise<void> {
    const deadlineMs = clock.monotonicMs() + maxWaitMs;
    for (;;) {
      signal.throwIfAborted();
      const ownMs = await waitMs(key);
      if (ownMs === 0) return;
      // Those who wait come back one after another, not all as the next second begins.
      const ms = Math.ceil(ownMs + (aheadMs % SECOND_MS));
      if (clock.monotonicMs() + ms > deadlineMs) throw tooMany(ms);
      await clock.sleep(ms, signal);
    }
  }

  return {
    async pass(key, options) {
      const aheadMs = (Math.max(0, count(key, 1) - perSecond) * SECOND_MS) / perSecond;
      try {
        if (aheadMs > options.maxWaitMs) throw tooMany(aheadMs);
        await untilPassed(key, aheadMs, options);
      } finally {
        count(key, -1);
      }
    },
  };
}

function tooMany(waitMs: number): GatewayError {
  return new GatewayError('rate_limited', 'Too many calls of this customer are waiting already.', {
    retryAfterMs: Math.ceil(waitMs),
  });
}
