import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalsOf, mostInASecond } from '../../support/limits/ceiling-world.ts';

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
        { numRuns: 50 },
      );
    },
  );
});
