// npm run -s orders:siege -- [--orders 1000] [--callers 60] [--seconds 380] [--spare]: the siege as a command. Its last line is JSON; it ends with 1 when it failed.
import { parseArgs } from 'node:util';
import { startCluster } from '../../support/processes/cluster.ts';
import { laySiege } from './siege.ts';
import { siegeFaults } from './siege-faults.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    callers: { type: 'string', default: '60' },
    // For the calls; what is open by then is given a minute and a quarter more.
    seconds: { type: 'string', default: '380' },
    // Leaves one replica to serve at all times; without it both may be down at once.
    spare: { type: 'boolean', default: false },
  },
});
const [orders, callers, seconds] = [values.orders, values.callers, values.seconds].map((text) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError('--orders, --callers and --seconds take whole numbers from 1');
}) as [number, number, number];
// An end by signal runs what ends the started processes.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(130));

const cluster = await startCluster();
try {
  const report = await laySiege(cluster, {
    orders,
    callers,
    unrestMs: seconds * 1000,
    sparesLast: values.spare,
    withinMs: seconds * 1000,
  });
  const faults = siegeFaults(report);
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  const { duplicates, lost, untrue, late, unaudited, refusals, ...figures } = report;
  const counts = Object.entries({ duplicates, lost, untrue, late, unaudited, refusals });
  const counted = Object.fromEntries(counts.map(([name, list]) => [name, list.length]));
  process.stdout.write(`${JSON.stringify({ ...figures, ...counted, ok: faults.length === 0 })}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await cluster.stop();
}
