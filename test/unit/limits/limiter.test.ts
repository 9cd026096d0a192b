import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { type BudgetCounter, createLimiter } from '../../../src/limits/limiter.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** Grants `perSecond` units in each whole second of the given clock. */
function windowCounter(clock: { monotonicMs(): number }): BudgetCounter & { granted: { key: string; at: number }[] } {
  const granted: { key: string; at: number }[] = [];
  return {
    granted,
    async consume({ key, perSecond }) {
      const now = clock.monotonicMs();
      const windowStart = Math.floor(now / 1000) * 1000;
      const used = granted.filter((grant) => grant.key === key && grant.at >= windowStart).length;
      if (used >= perSecond) return windowStart + 1000 - now;
      granted.push({ key, at: now });
      return 0;
    },
  };
}

function setUp() {
  const clock = createManualClock(0);
  const counter = windowCounter(clock);
  const seen = { taken: 0, refused: 0 };
  const observer = { taken: () => (seen.taken += 1), refused: () => (seen.refused += 1) };
  return { clock, counter, seen, limiter: createLimiter({ counter, clock, observer }) };
}

const open = (): AbortSignal => new AbortController().signal;
const budget = { key: 'tenant:a', perSecond: 2 };

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('limiter', () => {
  it('lets a budget through at once and makes the rest wait, first come first served', async () => {
    const { clock, limiter, counter } = setUp();
    const order: number[] = [];
    const calls = [0, 1, 2, 3, 4].map((n) =>
      limiter.take([budget], { signal: open(), maxWaitMs: 10_000 }).then(() => order.push(n)),
    );
    await settle();
    expect(order).toEqual([0, 1]);
    await clock.advance(1000);
    await settle();
    expect(order).toEqual([0, 1, 2, 3]);
    await clock.advance(1000);
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2, 3, 4]);
    expect(counter.granted).toHaveLength(5);
  });

  it('refuses at once what could not be served in time, and says when to come back', async () => {
    const { limiter, seen } = setUp();
    const options = { signal: open(), maxWaitMs: 500 };
    await limiter.take([budget], options);
    await limiter.take([budget], options);
    const refused = await limiter.take([budget], options).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GatewayError);
    expect(refused).toMatchObject({ code: 'rate_limited', retryAfterMs: 1000 });
    expect(seen).toEqual({ taken: 2, refused: 1 });
  });

  it('refuses the tail of a long line without making it wait', async () => {
    const { limiter } = setUp();
    const outcomes: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      void limiter.take([budget], { signal: open(), maxWaitMs: 3000 }).then(
        () => outcomes.push('taken'),
        () => outcomes.push('refused'),
      );
    }
    await settle();
    expect(outcomes.filter((outcome) => outcome === 'refused').length).toBeGreaterThanOrEqual(12);
  });

  it('frees the place of a caller that has gone', async () => {
    const { clock, limiter, counter } = setUp();
    const gone = new AbortController();
    const options = { signal: open(), maxWaitMs: 10_000 };
    await Promise.all([limiter.take([budget], options), limiter.take([budget], options)]);
    const leaving = limiter.take([budget], { signal: gone.signal, maxWaitMs: 10_000 });
    const staying = limiter.take([budget], options);
    gone.abort(new DOMException('left', 'AbortError'));
    await expect(leaving).rejects.toThrow('left');
    await settle();
    await clock.advance(1000);
    await staying;
    expect(counter.granted).toHaveLength(3);
  });

  it('takes from every budget, so that the narrowest decides', async () => {
    const { limiter, counter } = setUp();
    await limiter.take([budget, { key: 'gateway', perSecond: 50 }], { signal: open(), maxWaitMs: 0 });
    expect(counter.granted.map((grant) => grant.key)).toEqual(['tenant:a', 'gateway']);
  });
});
