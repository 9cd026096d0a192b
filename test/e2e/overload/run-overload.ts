// npm run -s load:overload -- [--tenants 40] [--seconds 8] [--factor 5] [--cancels 10] [--reads cheap|real]: what one replica does under far
// too much load. Its last line is JSON.
import { parseArgs } from 'node:util';
import { startCluster } from '../../support/processes/cluster.ts';
import { USUAL_BOUNDS } from '../../support/wide-bounds.ts';
import { measureOverload } from '../../support/load/measure-overload.ts';

const { values } = parseArgs({
  options: {
    tenants: { type: 'string', default: '40' },
    seconds: { type: 'string', default: '8' },
    factor: { type: 'string', default: '5' },
    cancels: { type: 'string', default: '10' },
    reads: { type: 'string', default: 'cheap' },
  },
});

const cluster = await startCluster(USUAL_BOUNDS);
try {
  const report = await measureOverload({
    replica: cluster.replicas[0],
    members: cluster,
    desk: cluster.desk,
    tenants: Number(values.tenants),
    seconds: Number(values.seconds),
    factor: Number(values.factor),
    cancelsPerSecond: Number(values.cancels),
    reads: values.reads === 'real' ? 'real' : 'cheap',
  });
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  await cluster.stop();
}
