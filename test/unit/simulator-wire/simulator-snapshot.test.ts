import { describe, expect, it } from 'vitest';
import { epochMs } from '../../../src/core/clock.ts';
import { readSnapshot, writeSnapshot } from '../../../src/simulator/simulator-snapshot.ts';

const state = {
  clockOffsetMs: 5000,
  moves: [{ symbol: 'SPY', at: epochMs(1_790_000_000_000), factor: 1.1 }],
  desk: { accounts: [] },
};

describe('the snapshot of a simulator', () => {
  it('survives JSON', () => {
    expect(readSnapshot(JSON.parse(JSON.stringify(writeSnapshot(state))))).toEqual(state);
  });

  it.each([
    {},
    { ...writeSnapshot(state), version: 2 },
    { ...writeSnapshot(state), desk: null },
    { ...writeSnapshot(state), moves: [{ symbol: 'SPY' }] },
  ])('refuses what no simulator wrote: %j', (damaged) => {
    expect(() => readSnapshot(damaged)).toThrow(RangeError);
  });
});
