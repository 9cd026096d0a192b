import { describe, expect, it } from 'vitest';
import { createSharedReads } from '../../../src/core/shared-reads.ts';

const open = () => ({ signal: new AbortController().signal });

function source() {
  const pending: PromiseWithResolvers<number>[] = [];
  const signals: AbortSignal[] = [];
  const read = ({ signal }: { signal: AbortSignal }): Promise<number> => {
    const one = Promise.withResolvers<number>();
    signal.addEventListener('abort', () => one.reject(signal.reason as Error));
    pending.push(one);
    signals.push(signal);
    return one.promise;
  };
  return { pending, signals, read };
}

describe('shared reads', () => {
  it('ask once for any number of callers at a time, and again afterwards', async () => {
    const reads = createSharedReads();
    const { pending, read } = source();
    const calls = Array.from({ length: 100 }, () => reads.share('balances', read, open()));
    expect(pending).toHaveLength(1);
    pending[0]?.resolve(7);
    expect(new Set(await Promise.all(calls))).toEqual(new Set([7]));
    const later = reads.share('balances', read, open());
    expect(pending).toHaveLength(2);
    pending[1]?.resolve(8);
    expect(await later).toBe(8);
  });

  it('go on for those who stay, and end upstream when the last has left', async () => {
    const reads = createSharedReads();
    const { pending, signals, read } = source();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = reads.share('positions', read, one);
    const second = reads.share('positions', read, two);
    one.abort(new Error('left'));
    await expect(first).rejects.toThrow('left');
    expect(signals[0]?.aborted).toBe(false);
    two.abort(new Error('left too'));
    await expect(second).rejects.toThrow('left too');
    expect(signals[0]?.aborted).toBe(true);
    expect(pending).toHaveLength(1);
  });

  it('are not joined by those who ask after a change', async () => {
    const reads = createSharedReads();
    const { pending, read } = source();
    const before = reads.share('positions', read, open());
    reads.startAfresh();
    const after = reads.share('positions', read, open());
    expect(pending).toHaveLength(2);
    pending[1]?.resolve(2);
    pending[0]?.resolve(1);
    expect([await before, await after]).toEqual([1, 2]);
  });

  it('share a failure and then try again', async () => {
    const reads = createSharedReads();
    const { pending, read } = source();
    const both = [reads.share('a', read, open()), reads.share('a', read, open())];
    pending[0]?.reject(new Error('down'));
    for (const call of both) await expect(call).rejects.toThrow('down');
    void reads.share('a', read, open()).catch(() => {});
    expect(pending).toHaveLength(2);
  });
});
