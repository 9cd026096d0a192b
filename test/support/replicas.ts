import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../src/auth/scopes.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { type Simulator, createSimulator } from '../../src/simulator/create-simulator.ts';
import { type TestGateway, startTestGateway } from './gateway.ts';
import { type RedisServer, startRedisServer } from './processes/redis-server.ts';

/** Several whole gateways in this process over one Redis, one data folder and one simulator. */
export type TestReplicas = {
  readonly replicas: readonly TestGateway[];
  readonly redis: RedisServer;
  readonly simulator: Simulator;
  /** One replica after the other. */
  next(): TestGateway;
  token(tenant: string, scopes?: readonly Scope[]): string;
  close(): Promise<void>;
};

export async function startTestReplicas(
  count: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<TestReplicas> {
  const redis = await startRedisServer();
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-replicas-'));
  const simulator = await createSimulator({
    seed: 'tasty',
    alwaysOpen: true,
    grantKey: systemIds.secret(),
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
  });
  const shared = {
    REDIS_URL: redis.url,
    DATA_DIR: dataDir,
    TASTYTRADE_PAPER_URL: simulator.restUrl,
    TASTYTRADE_PAPER_STREAMER_URL: simulator.streamerUrl,
    ...variables,
  };
  const replicas: TestGateway[] = [];
  for (let n = 0; n < count; n += 1) replicas.push(await startTestGateway(shared, simulator));
  let turn = 0;
  const at = (index: number): TestGateway => {
    const replica = replicas[index % count];
    if (replica === undefined) throw new RangeError('There is no replica');
    return replica;
  };
  return {
    replicas,
    redis,
    simulator,
    next: () => at((turn += 1)),
    token: (tenant, scopes) => at(0).token(tenant, scopes),
    async close() {
      for (const replica of replicas) await replica.close();
      await simulator.close();
      await redis.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
