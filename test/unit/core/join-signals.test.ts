import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { joinSignals } from '../../../src/core/join-signals.ts';

describe('joined signals', () => {
  it('are aborted with the first of them, and keep its reason', () => {
    const [a, b] = [new AbortController(), new AbortController()];
    const { signal: joined } = joinSignals(a.signal, b.signal);
    expect(joined.aborted).toBe(false);
    b.abort(new Error('b'));
    a.abort(new Error('a'));
    expect(joined.aborted).toBe(true);
    expect(joined.reason).toEqual(new Error('b'));
  });

  it('are aborted from the start where one of them is', () => {
    const { signal: joined } = joinSignals(new AbortController().signal, AbortSignal.abort(new Error('before')));
    expect(joined.reason).toEqual(new Error('before'));
  });

  it('leave nothing with a signal that lives on once they are released', () => {
    const long = new AbortController();
    const { signal, release } = joinSignals(long.signal, new AbortController().signal);
    expect(getEventListeners(long.signal, 'abort')).toHaveLength(1);
    release();
    expect(getEventListeners(long.signal, 'abort')).toHaveLength(0);
    long.abort();
    expect(signal.aborted).toBe(false);
  });
});
