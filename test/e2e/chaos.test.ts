import { expect, it } from 'vitest';
import { chooseScenarios, readScenarios } from '../chaos/read-scenarios.ts';
import { runScenarios } from '../chaos/run-scenarios.ts';
import { chaosTable } from '../chaos/table.ts';

/** The rows whose short forms run with the tests; `npm run chaos` runs all of them, in full. */
const SHORT_RUN = ['1a', '1b', '5', '6a', '6b', '7a', '7b', '7c', '7d'];

it('the short chaos table holds', async () => {
  const scenarios = chooseScenarios(await readScenarios(), SHORT_RUN);
  const rows = await runScenarios(scenarios, { short: true, say: () => {} });
  const figures = rows.map(({ scenario: { number }, outcome }) => JSON.stringify({ number, ...outcome.figures }));
  expect(
    rows.every(({ outcome }) => outcome.passed),
    `${chaosTable(rows)}\n${figures.join('\n')}`,
  ).toBe(true);
}, 400_000);
