// npm run soak -- [--minutes 10]: the same load for minutes on three replicas, whose heaps and handles must not grow. It ends with 1 when they do.
import { parseArgs } from 'node:util';
import { startFleet } from '../support/processes/fleet.ts';
import { runSoak } from './soak.ts';
import { chaosTable } from './table.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 600)) throw new RangeError('--minutes takes a number above 0');

const print = (text: string): void => void process.stdout.write(text);
const fleet = await startFleet({ inspect: true });
try {
  const outcome = await runSoak(fleet, { minutes, say: (words) => print(`${words}\n`) });
  print(`${JSON.stringify({ number: '10', ...outcome.figures, warnings: fleet.handled.warnings() })}\n\n`);
  const scenario = {
    number: '10',
    title: `A steady load for ${minutes} minutes`,
    expected: 'heap slope < 1 MB per 10 min after warm-up, handles flat',
  };
  print(chaosTable([{ scenario, outcome }]));
  process.exitCode = outcome.passed ? 0 : 1;
} finally {
  await fleet.stop();
}
