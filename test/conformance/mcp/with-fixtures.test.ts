import { beforeAll, describe, expect, it } from 'vitest';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import { holds, runConformance, scoredScenarios } from '../../support/edge/conformance-runner.ts';
import type { Scenario } from '../../support/edge/conformance-runner.ts';

const SUITES = [
  { requirements: '2025-11-25', scored: 30 },
  { requirements: '2026-07-28', scored: 37 },
] as const;

describe.each(SUITES)('MCP conformance, $requirements, with the fixtures of the suite', ({ requirements, scored }) => {
  let scenarios: Scenario[];
  let names: string[];
  beforeAll(async () => {
    names = await scoredScenarios(requirements);
    scenarios = await runConformance(requirements, [CONFORMANCE_PACK]);
  });

  it(`holds in all ${scored} scored scenarios, and each of them was run`, () => {
    expect(names).toHaveLength(scored);
    const run = scenarios.filter(({ name }) => names.includes(name));
    expect(run.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(run.filter((scenario) => !holds(scenario))).toEqual([]);
  });

  it('gave the tools that it was tried with: no scenario passed because something was not there', () => {
    const called = scenarios.filter(({ name }) => name.startsWith('tools-call-'));
    expect(called.length).toBeGreaterThan(6);
    const details = JSON.stringify(called);
    expect(details).toContain('This is a simple text response for testing.');
    expect(details).toContain('This tool intentionally returns an error for testing');
  });
});
