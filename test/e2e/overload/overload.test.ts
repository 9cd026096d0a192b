import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/processes/cluster.ts';
import { USUAL_BOUNDS } from '../../support/wide-bounds.ts';
import { type OverloadReport, measureOverload } from '../../support/load/measure-overload.ts';

let cluster: Cluster;
let report: OverloadReport;
beforeAll(async () => {
  cluster = await startCluster(USUAL_BOUNDS);
  const plan = { tenants: 12, seconds: 4, factor: 5, cancelsPerSecond: 5, reads: 'cheap' } as const;
  report = await measureOverload({ replica: cluster.replicas[0], members: cluster, desk: cluster.desk, ...plan });
});
afterAll(() => cluster.stop());

// How long things take is for a quiet machine to say: npm run -s load:overload.
describe('five times what a replica can serve', () => {
  it('is refused but for what can be served, and nothing is lost', () => {
    const { reads } = report;
    expect(reads.sent).toBeGreaterThan(100);
    expect(reads.failed).toBe(0);
    expect(reads.shed).toBeGreaterThan(reads.sent / 4);
    expect(reads.ok).toBeGreaterThan(0);
  });

  it('does not keep a cancel from the broker', () => {
    const { cancels, leftWorking } = report;
    expect(cancels.ok).toBeGreaterThanOrEqual(cancels.sent * 0.99);
    expect(leftWorking).toBeLessThanOrEqual(cancels.sent - cancels.ok);
  });
});
