import { vi, expect } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createFleet } from '../../../src/fleet/fleet.ts';
import { connectRedis } from '../../../src/redis/connect.ts';
import type { Pack } from '../../../src/tools/pack.ts';
import type { AppConfig } from '../../../src/transports/http/app.ts';
import { type RedisServer, startRedisServer } from '../processes/redis-server.ts';
import { type TestGateway, startTestGateway } from './test-gateway.ts';

/** Several of the real HTTP apps in this process, with tools of a test, over one Redis. */
export type EdgeReplicas = {
  readonly gateways: readonly TestGateway[];
  readonly urls: readonly string[];
  readonly redis: RedisServer;
  /** Resolves when every replica reaches Redis. */
  reunited(): Promise<void>;
  close(): Promise<void>;
};

/** `packs`: each replica's own, or the same for all. */
export async function startEdgeReplicas(
  count: number,
  packsOf: (at: number) => readonly Pack[],
  config: Partial<AppConfig> = {},
): Promise<EdgeReplicas> {
  const redis = await startRedisServer();
  const connections = Array.from({ length: count }, () =>
    connectRedis(redis.url, { log: silentLog, clock: systemClock }),
  );
  const reunited = async (): Promise<void> => {
    for (const one of connections) {
      await vi.waitFor(async () => expect(await one.healthy()).toBe(true), { timeout: 20_000 });
    }
  };
  await reunited();
  const gateways = await Promise.all(
    connections.map(async (connection, at) => {
      const fleet = createFleet({ redis: connection, clock: systemClock, ids: systemIds });
      return startTestGateway({ packs: packsOf(at), fleet, config });
    }),
  );
  return {
    gateways,
    urls: gateways.map(({ url }) => url),
    redis,
    reunited,
    async close() {
      await Promise.all(gateways.map((gateway) => gateway.close()));
      await Promise.all(connections.map((connection) => connection.close()));
      await redis.stop();
    },
  };
}
