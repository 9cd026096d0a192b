import { describe, expect, it } from 'vitest';
import { chooseScenarios, readScenarios } from '../../chaos/read-scenarios.ts';
import type { Scenario } from '../../chaos/scenario.ts';

describe('the scenarios that there are', () => {
  it('each say what is expected, and come in the order of their numbers', async () => {
    const scenarios = await readScenarios();
    expect(scenarios.length).toBeGreaterThan(5);
    for (const { number, title, expected } of scenarios) {
      expect(number).toMatch(/^\d+[a-z]?$/u);
      expect(title.length).toBeGreaterThan(10);
      expect(expected.length).toBeGreaterThan(10);
    }
    const numbers = scenarios.map(({ number }) => Number.parseInt(number, 10));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
});

describe('choosing scenarios', () => {
  const all = ['1a', '1b', '5', '10'].map((number) => ({ number }) as Scenario);
  const chosen = (...only: string[]) => chooseScenarios(all, only).map(({ number }) => number);

  it('takes a row, all rows of a number, or everything', () => {
    expect(chosen('1b', '10')).toEqual(['1b', '10']);
    expect(chosen('1')).toEqual(['1a', '1b']);
    expect(chosen()).toEqual(['1a', '1b', '5', '10']);
  });

  it('refuses a number that there is no row for', () => {
    expect(() => chosen('1a', '7')).toThrow(RangeError);
  });
});
