import { isDeepStrictEqual } from 'node:util';
import { type Fleet, type FleetOptions, startFleet } from '../support/processes/fleet.ts';
import type { Outcome, Scenario } from './scenario.ts';
import type { Row } from './table.ts';

export type RunOptions = {
  readonly short: boolean;
  readonly say: (words: string) => void;
  /** Told as soon as a row is known. */
  readonly onRow?: (row: Row) => void;
};

const SHORT_SLACK = 10;

type Held = { readonly fleet: Fleet; readonly options: FleetOptions };

/** Runs one scenario after another; one that throws has failed, and the next one gets a fleet that it did not touch. */
export async function runScenarios(scenarios: readonly Scenario[], options: RunOptions): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let held: Held | undefined;

  const letGo = async (): Promise<void> => {
    const { fleet } = held ?? {};
    held = undefined;
    await fleet?.stop();
  };

  async function fleetFor(wanted: FleetOptions): Promise<Fleet> {
    if (held !== undefined && isDeepStrictEqual(held.options, wanted)) {
      const { fleet } = held;
      const isWell = await fleet.reset().then(
        () => true,
        () => false,
      );
      if (isWell) return fleet;
    }
    await letGo();
    options.say('starts a fleet');
    held = { fleet: await startFleet(wanted), options: wanted };
    return held.fleet;
  }

  async function outcomeOf(scenario: Scenario): Promise<Outcome> {
    const say = (words: string): void => options.say(`${scenario.number}  ${words}`);
    try {
      const fleet = await fleetFor(scenario.fleet ?? {});
      say(scenario.title);
      const startedAt = performance.now();
      const withinMs = (ms: number): number => ms * (options.short ? SHORT_SLACK : 1);
      const outcome = await scenario.run(fleet, { short: options.short, withinMs, say });
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      return { ...outcome, figures: { ...outcome.figures, seconds, warnings: fleet.handled.warnings() } };
    } catch (error) {
      await letGo().catch(() => {});
      return {
        passed: false,
        seen: `It threw: ${error instanceof Error ? error.message : String(error)}`,
        figures: {},
      };
    }
  }

  try {
    for (const scenario of scenarios) {
      const row = { scenario, outcome: await outcomeOf(scenario) };
      rows.push(row);
      options.onRow?.(row);
    }
    return rows;
  } finally {
    await letGo();
  }
}
