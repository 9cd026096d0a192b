import { describe, expect, it } from 'vitest';
import { createUsedUnits } from '../../../src/limits/used-units.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const ignore = (): void => {};

describe('used units', () => {
  it('count from when their call left, for as long as a unit is held', async () => {
    const clock = createManualClock();
    const used = createUsedUnits(clock, 1100);
    const unit = used.use(ignore);
    await clock.advance(5000);
    expect(used.count(1100)).toBe(1);
    expect(used.nextFreeMs(1100)).toBeUndefined();
    unit.left();
    expect(used.nextFreeMs(1100)).toBe(6100);
    await clock.advance(1099);
    expect(used.count(1100)).toBe(1);
    await clock.advance(1);
    expect(used.count(1100)).toBe(0);
  });

  it('do not count when their call never left', () => {
    const used = createUsedUnits(createManualClock(), 1100);
    const unit = used.use(ignore);
    unit.ended();
    unit.left();
    expect(used.count(1100)).toBe(0);
  });

  it('are told of once, when their call leaves', () => {
    const used = createUsedUnits(createManualClock(), 1100);
    let told = 0;
    const unit = used.use(() => (told += 1));
    unit.left();
    unit.left();
    unit.ended();
    expect([told, used.count(1100)]).toEqual([1, 1]);
  });
});
