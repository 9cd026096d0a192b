import { describe, expect, it } from 'vitest';
import { createRequestBound, isCountedElsewhere } from '../../../src/transports/http/request-bound.ts';
import { createStreamSlots } from '../../../src/transports/http/stream-slots.ts';
import { createWatchSlots } from '../../../src/transports/mcp/watch-slots.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('stream slots', () => {
  it('counts by subject, and gives a slot back once', () => {
    const slots = createStreamSlots();
    const releases = Array.from({ length: 16 }, () => slots.take('ada'));
    expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
    slots.take('bob');
    releases[0]?.();
    releases[0]?.();
    slots.take('ada');
    expect(() => slots.take('ada')).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});

describe('watch slots', () => {
  it('counts by subject, and gives a place back once', () => {
    const slots = createWatchSlots();
    const releases = Array.from({ length: 256 }, () => slots.take('ada'));
    expect(slots.take('ada')).toBeUndefined();
    expect(slots.take('bob')).toBeDefined();
    releases[0]?.();
    releases[0]?.();
    expect(slots.take('ada')).toBeDefined();
    expect(slots.take('ada')).toBeUndefined();
  });
});

describe('the bound on requests', () => {
  it('lets a thousand come at once and two hundred in each second, by subject, and says how long to wait', async () => {
    const clock = createManualClock();
    const bound = createRequestBound(clock);
    const taken = (subject: string): number => {
      let count = 0;
      try {
        for (; count < 5000; count += 1) bound.take(subject);
      } catch (error) {
        expect(error).toMatchObject({ code: 'rate_limited', retryAfterMs: 5 });
      }
      return count;
    };
    expect(taken('ada')).toBe(1000);
    expect(taken('bob')).toBe(1000);
    await clock.advance(1000);
    expect(taken('ada')).toBe(200);
    await clock.advance(600_000);
    expect(taken('ada')).toBe(1000);
    bound.close();
  });

  it('counts neither calls, which have budgets of their own, nor answers', () => {
    const request = (method: string) => ({ jsonrpc: '2.0' as const, id: 1, method });
    expect(['tools/call', 'resources/read'].map((method) => isCountedElsewhere(request(method)))).toEqual([true, true]);
    expect(isCountedElsewhere({ jsonrpc: '2.0', id: 1, result: {} })).toBe(true);
    for (const method of ['initialize', 'tools/list', 'resources/subscribe', 'subscriptions/listen']) {
      expect(isCountedElsewhere(request(method))).toBe(false);
    }
    expect(isCountedElsewhere({ jsonrpc: '2.0', method: 'tools/call' })).toBe(false);
  });
});
