import { describe, expect, it } from 'vitest';
import { createRates } from '../../../src/transports/http/shedding/rates.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const taken = (rates: { take(party: string): boolean }, party: string, tries: number): number =>
  Array.from({ length: tries }, () => rates.take(party)).filter(Boolean).length;

describe('rates', () => {
  it('give a second’s worth at once, and no more until time has passed', async () => {
    const clock = createManualClock();
    const rates = createRates(clock, 10);
    expect(taken(rates, 'a', 50)).toBe(10);
    await clock.advance(99);
    expect(taken(rates, 'a', 50)).toBe(0);
    await clock.advance(1);
    expect(taken(rates, 'a', 50)).toBe(1);
    await clock.advance(500);
    expect(taken(rates, 'a', 50)).toBe(5);
    await clock.advance(3_600_000);
    expect(taken(rates, 'a', 50)).toBe(10);
  });

  it('give each party its own', () => {
    const rates = createRates(createManualClock(), 3);
    expect([taken(rates, 'a', 9), taken(rates, 'b', 9)]).toEqual([3, 3]);
  });

  it('let a party owe what it was charged, and no more than a second’s worth', async () => {
    const clock = createManualClock();
    const rates = createRates(clock, 10);
    rates.charge('a', 4);
    expect([taken(rates, 'a', 50), taken(rates, 'b', 50)]).toEqual([6, 10]);
    rates.charge('a', 5);
    await clock.advance(500);
    expect(taken(rates, 'a', 50)).toBe(0);
    await clock.advance(100);
    expect(taken(rates, 'a', 50)).toBe(1);
    rates.charge('a', 1000);
    await clock.advance(900);
    expect(taken(rates, 'a', 50)).toBe(0);
    await clock.advance(100);
    expect(taken(rates, 'a', 50)).toBe(1);
    await clock.advance(2000);
    expect(taken(rates, 'a', 50)).toBe(10);
  });
});
