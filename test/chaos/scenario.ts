import type { Fleet, FleetOptions } from '../support/processes/fleet.ts';

/** What came of a scenario. */
export type Outcome = {
  readonly passed: boolean;
  /** One line for a person: what was seen, with figures. */
  readonly seen: string;
  /** All that was measured, with its conditions. Plain JSON. */
  readonly figures: Readonly<Record<string, unknown>>;
};

export type ScenarioContext = {
  /** The form that runs with the tests: seconds in place of minutes. */
  readonly short: boolean;
  /** How long something may take: that long; ten times as long in the short form, which shares the machine with other tests. */
  readonly withinMs: (ms: number) => number;
  /** Tells whoever waits how far it is. */
  readonly say: (words: string) => void;
};

/** One row of the chaos table: one file in `scenarios/`, which exports one of these. */
export type Scenario = {
  /** `5`, or `7a` where several rows show one thing. Rows are run in this order. */
  readonly number: string;
  readonly title: string;
  readonly expected: string;
  /** What it runs on. Scenarios in a row that say the same share one fleet, which is reset in between; tenants are their own. */
  readonly fleet?: FleetOptions;
  run(fleet: Fleet, context: ScenarioContext): Promise<Outcome>;
};
