import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';

/** Keeps one caller's loop from taking the process: so many calls a second under one key, within this process. */
export type CallGate = {
  /** Waits for a while; throws `rate_limited` (with `retryAfterMs`) as soon as it is clear that it would be too long. */
  pass(key: string, options: { readonly signal: AbortSignal; readonly maxWaitMs: number }): Promise<void>;
};

const SECOND_MS = 1000;

export function createCallGate(perSecond: number, clock: Clock): CallGate {
  const limiter = new RateLimiterMemory({ keyPrefix: 'calls', points: perSecond, duration: 1 });
  const waiting = new Map<string, number>();
  const count = (key: string, change: number): void => {
    const now = (waiting.get(key) ?? 0) + change;
    if (now > 0) waiting.set(key, now);
    else waiting.delete(key);
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

  return {
    async pass(key, { signal, maxWaitMs }) {
      const deadlineMs = clock.monotonicMs() + maxWaitMs;
      for (;;) {
        signal.throwIfAborted();
        // Those who wait come back one after another, not all at the next second's beginning.
        const aheadMs = ((waiting.get(key) ?? 0) * SECOND_MS) / perSecond;
        const ownMs = aheadMs > maxWaitMs ? 1 : await waitMs(key);
        if (ownMs === 0) return;
        const ms = Math.ceil(ownMs + aheadMs);
        if (clock.monotonicMs() + ms > deadlineMs) {
          throw new GatewayError('rate_limited', 'Too many calls of this customer are waiting already.', {
            retryAfterMs: ms,
          });
        }
        count(key, 1);
        await clock.sleep(ms, signal).finally(() => count(key, -1));
      }
    },
  };
}
