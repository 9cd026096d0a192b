import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../../support/processes/cluster.ts';
import { siegeFaults } from './siege-faults.ts';
import { laySiege } from './siege.ts';

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

describe('two replicas under siege', () => {
  it('send every order once and lose none while replicas are killed and half of the POSTs go wrong', async () => {
    const report = await laySiege(cluster, {
      orders: 120,
      callers: 60,
      unrestMs: 25_000,
      sparesLast: true,
      withinMs: 100_000,
    });
    expect(siegeFaults(report)).toEqual([]);
    // The siege was one: without losses it would show nothing.
    expect(report.kills + report.freezes).toBeGreaterThanOrEqual(2);
    expect(report.unknowns).toBeGreaterThan(10);
    expect(report.atBroker).toBeGreaterThan(40);
  }, 200_000);
});
