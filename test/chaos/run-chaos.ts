// npm run chaos -- [--only 1,6b] [--short] [--figures]: every scenario on a fleet of real processes, then a table. It ends with 1 when one failed.
import { parseArgs } from 'node:util';
import { chooseScenarios, readScenarios } from './read-scenarios.ts';
import { runScenarios } from './run-scenarios.ts';
import { chaosTable } from './table.ts';

const { values } = parseArgs({
  options: {
    // Numbers of rows, or of all rows that show one thing.
    only: { type: 'string', default: '' },
    short: { type: 'boolean', default: false },
    // Each row's figures as a line of JSON, as soon as they are known.
    figures: { type: 'boolean', default: false },
  },
});

const startedAt = performance.now();
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`.padStart(6);
const print = (text: string): void => void process.stdout.write(text);
const only = values.only.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
const rows = await runScenarios(chooseScenarios(await readScenarios(), only), {
  short: values.short,
  say: (words) => print(`${seconds()}  ${words}\n`),
  onRow({ scenario: { number }, outcome: { passed, seen, figures } }) {
    print(`${seconds()}  ${number}  ${passed ? 'pass' : 'FAIL'}: ${seen}\n`);
    if (values.figures) print(`${JSON.stringify({ number, ...figures })}\n`);
  },
});
print(`\n${chaosTable(rows)}`);
process.exitCode = rows.length > 0 && rows.every(({ outcome }) => outcome.passed) ? 0 : 1;
