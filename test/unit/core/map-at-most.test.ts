import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { mapAtMost } from '../../../src/core/map-at-most.ts';

describe('mapAtMost', () => {
  it('answers in the order of the items, whichever ends first', async () => {
    const late = async (ms: number): Promise<number> => {
      await sleep(ms);
      return ms;
    };
    expect(await mapAtMost(3, [12, 1, 6, 0], late)).toEqual([12, 1, 6, 0]);
  });

  it.each([1, 2, 5])('has at most %i under way', async (atOnce) => {
    let underWay = 0;
    let most = 0;
    await mapAtMost(atOnce, Array.from({ length: 9 }), async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(1);
      underWay -= 1;
    });
    expect(most).toBe(atOnce);
  });

  it('does nothing for nothing', async () => {
    const work = vi.fn(async () => 1);
    expect(await mapAtMost(4, [], work)).toEqual([]);
    expect(work).not.toHaveBeenCalled();
  });

  it('rejects with what one rejects with, and leaves none of the others out', async () => {
    const done: number[] = [];
    const work = async (item: number): Promise<void> => {
      if (item === 1) throw new RangeError('one');
      await sleep(1);
      done.push(item);
    };
    await expect(mapAtMost(2, [1, 2, 3, 4], work)).rejects.toThrow('one');
    await vi.waitFor(() => expect(done).toEqual([2, 3, 4]));
  });
});
