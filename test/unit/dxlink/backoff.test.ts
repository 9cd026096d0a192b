import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/broker/dxlink/backoff.ts';

const backoffWith = (fraction: number): Backoff =>
  new Backoff({ uuid: () => 'unused', secret: () => 'unused', fraction: () => fraction });

const pauses = (backoff: Backoff, count: number): number[] => Array.from({ length: count }, () => backoff.nextMs());

describe('Backoff', () => {
  it('doubles its ceiling up to fifteen seconds', () => {
    expect(pauses(backoffWith(0.5), 8)).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
  });

  it('draws from nothing up to the ceiling', () => {
    expect(pauses(backoffWith(0), 3)).toEqual([0, 0, 0]);
    expect(pauses(backoffWith(0.999), 3)).toEqual([499, 999, 1998]);
  });

  it('starts again after a reset, and does not overflow', () => {
    const backoff = backoffWith(0.5);
    expect(pauses(backoff, 5_000).at(-1)).toBe(7500);
    backoff.reset();
    expect(backoff.nextMs()).toBe(250);
  });
});
