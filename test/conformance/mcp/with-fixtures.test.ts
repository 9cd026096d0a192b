import { beforeAll, describe, expect, it } from 'vitest';
import { CONFORMANCE_PACK } from '../../support/conformance-pack/pack.ts';
import {
  holds,
  runConformance,
  runConformanceOverReplicas,
  scoredScenarios,
} from '../../support/edge/conformance-runner.ts';
import type { Scenario } from '../../support/edge/conformance-runner.ts';

const PLACES = [
  { place: 'one gateway', run: runConformance },
  { place: 'three replicas, round robin', run: runConformanceOverReplicas },
] as const;
const SUITES = [
  { requirements: '2025-11-25', scored: 30 },
  { requirements: '2026-07-28', scored: 37 },
] as const;
const RUNS = PLACES.flatMap((place) => SUITES.map((suite) => ({ ...suite, ...place })));

describe.each(RUNS)('MCP conformance of $place, $requirements, with the fixtures of the suite', (suite) => {
  const { requirements, scored, run } = suite;
  let scenarios: Scenario[];
  let names: string[];
  beforeAll(async () => {
    names = await scoredScenarios(requirements);
    scenarios = await run(requirements, [CONFORMANCE_PACK]);
  });

  it(`holds in all ${scored} scored scenarios, and each of them was run`, () => {
    expect(names).toHaveLength(scored);
    const scoring = scenarios.filter(({ name }) => names.includes(name));
    expect(scoring.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    expect(scoring.filter((scenario) => !holds(scenario))).toEqual([]);
  });

  it('gave the tools that it was tried with: no scenario passed because something was not there', () => {
    const called = scenarios.filter(({ name }) => name.startsWith('tools-call-'));
    expect(called.length).toBeGreaterThan(6);
    const details = JSON.stringify(called);
    expect(details).toContain('This is a simple text response for testing.');
    expect(details).toContain('This tool intentionally returns an error for testing');
  });
});
