import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalsOf, mostInASecond, type Phase } from '../../support/limits/ceiling-world.ts';

const load = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 16 }).map((tenths) => tenths / 10) },
);
const phase = fc.record({
  ms: fc.integer({ min: 200, max: 3500 }),
  loads: fc.tuple(load, load, load),
  tenant: fc.oneof({ weight: 4, arbitrary: fc.constant('t1') }, { weight: 1, arbitrary: fc.constant('t2') }),
  frozenMs: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 12_000 }) },
  ),
});
/** A lease was given up while a call that had its unit was still on its way. */
const PENDING_WHEN_GIVEN_UP: [number, number, Phase[], number] = [
  13,
  5,
  [
    { ms: 751, loads: [1.3, 1.5, 1.3], tenant: 't1', frozenMs: 55 },
    { ms: 2801, loads: [0.8, 1.6, 0], tenant: 't2', frozenMs: 0 },
    { ms: 201, loads: [0.7, 0.1, 1.5], tenant: 't1', frozenMs: 0 },
    { ms: 201, loads: [0, 0, 0.3], tenant: 't2', frozenMs: 0 },
    { ms: 1851, loads: [0, 0, 0.9], tenant: 't1', frozenMs: 3523 },
    { ms: 1401, loads: [1.2, 0, 0], tenant: 't2', frozenMs: 0 },
    { ms: 200, loads: [0.1, 0.7, 0.1], tenant: 't1', frozenMs: 0 },
    { ms: 200, loads: [0.1, 0.1, 0], tenant: 't1', frozenMs: 0 },
  ],
  18,
];
const seed = fc.integer({ min: 1, max: 2 ** 31 - 2 });

describe('the ceiling of a budget', () => {
  it(
    'is never broken in any second, whatever three replicas do and whichever of them stands still',
    { timeout: 240_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(1, 2, 5, 8, 13),
          fc.integer({ min: 4, max: 20 }),
          fc.array(phase, { minLength: 2, maxLength: 12, size: 'max' }),
          seed,
          async (tenantPerSecond, gatewayPerSecond, phases, seed) => {
            const arrivals = await arrivalsOf({ tenantPerSecond, gatewayPerSecond, phases, seed });
            for (const [key, timesMs] of arrivals) {
              expect(mostInASecond(timesMs), key).toBeLessThanOrEqual(
                key === 'gateway' ? gatewayPerSecond : tenantPerSecond,
              );
            }
          },
        ),
        { numRuns: 50, examples: [PENDING_WHEN_GIVEN_UP] },
      );
    },
  );
});
