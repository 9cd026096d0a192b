import { describe, expect, it } from 'vitest';
import { normalAfterMs, type Probe } from '../../chaos/order-probes.ts';
import { slope } from '../../chaos/soak.ts';

describe('the slope of a heap', () => {
  it('is that of the line through all samples', () => {
    expect(slope([1, 2, 3, 4].map((x) => [x, 40 + 2 * x]))).toBeCloseTo(2);
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 1],
      ]),
    ).toBeCloseTo(0);
    expect(slope([[1, 1]])).toBeNaN();
  });
});

describe('when every replica was normal again', () => {
  const probe = (replica: number, sentAt: number, isAccepted: boolean): Probe => ({
    replica,
    isAccepted,
    entry: { id: 'x', client: 'x', what: 'x', sentAt, ms: 10, fate: 'answered', status: 200 },
  });

  it('is the first accepted order after the last refused one', () => {
    const probes = [
      probe(0, 100, false),
      probe(0, 300, true),
      probe(0, 500, false),
      probe(0, 700, true),
      probe(0, 900, true),
      probe(1, 250, true),
    ];
    expect(normalAfterMs(probes, 200)).toEqual([510, 60]);
  });

  it('is never where the last word was a refusal', () => {
    expect(normalAfterMs([probe(0, 300, true), probe(0, 500, false)], 200)).toEqual([Infinity]);
  });
});
