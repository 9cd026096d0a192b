import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { createRateGate } from '../../../src/limits/rate-gate.ts';

const options = { signal: new AbortController().signal, maxWaitMs: 5000 };

describe('rate gate', () => {
  it('lets so many through in a second, and the others as soon as it can', async () => {
    const gate = createRateGate(20, systemClock);
    const startMs = performance.now();
    const passed = await Promise.all(
      Array.from({ length: 30 }, () => gate.pass('a', options).then(() => performance.now() - startMs)),
    );
    expect(passed.filter((ms) => ms < 500).length).toBeGreaterThanOrEqual(20);
    expect(Math.max(...passed)).toBeGreaterThan(500);
  });

  it('refuses at once whom it would keep too long, and says when to come back', async () => {
    const gate = createRateGate(2, systemClock);
    const outcomes: string[] = [];
    for (let n = 0; n < 12; n += 1) {
      void gate.pass('a', { ...options, maxWaitMs: 1500 }).then(
        () => outcomes.push('passed'),
        (error: { code: string; retryAfterMs: number }) => outcomes.push(`${error.code} ${error.retryAfterMs > 0}`),
      );
    }
    await expect.poll(() => outcomes.filter((one) => one === 'rate_limited true').length).toBeGreaterThanOrEqual(7);
    await gate.pass('b', options);
  });

  it('keeps no place for a caller that has gone', async () => {
    const gate = createRateGate(1, systemClock);
    await gate.pass('a', options);
    const gone = new AbortController();
    const leaving = gate.pass('a', { signal: gone.signal, maxWaitMs: 5000 });
    gone.abort(new DOMException('left', 'AbortError'));
    await expect(leaving).rejects.toThrow();
  });
});
