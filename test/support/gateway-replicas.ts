import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../../src/auth/scopes.ts';
import { type Gateway, startGateway } from '../../src/compose/gateway.ts';
import { readConfig } from '../../src/config.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { systemIds } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import { createSimulator, type Simulator } from '../../src/simulator/create-simulator.ts';
import { issueDevToken } from '../../src/tenancy/dev-token.ts';
import { WIDE_BOUNDS } from './wide-bounds.ts';
import { callTool, type ToolReply } from './processes/mcp-caller.ts';

export type ReplicaCall = { readonly token: string; readonly tool: string; readonly args?: Record<string, unknown> };

/** Several whole gateways in this process, as replicas: one Redis, one database, and one simulator for them all. */
export type GatewayReplicas = {
  readonly simulator: Simulator;
  readonly gateways: readonly Gateway[];
  readonly metrics: readonly Metrics[];
  /** A tenant of the simulator's customer of that name, and a token of its caller. */
  addTenant(customer: string, scopes?: readonly Scope[]): Promise<string>;
  call(at: number, call: ReplicaCall): Promise<ToolReply>;
  close(): Promise<void>;
};

export type ReplicasOptions = {
  readonly count: number;
  readonly redisUrl: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
};

export async function startGatewayReplicas(options: ReplicasOptions): Promise<GatewayReplicas> {
  const { count, redisUrl, variables = {}, clock = systemClock } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-replicas-'));
  const basics = { clock, ids: systemIds, log: silentLog };
  const simulator = await createSimulator({
    ...basics,
    seed: 'replicas',
    host: '127.0.0.1',
    port: 0,
    grantKey: systemIds.secret(),
    alwaysOpen: true,
  });
  const config = readConfig({
    ...WIDE_BOUNDS,
    PORT: '0',
    DATA_DIR: dataDir,
    REDIS_URL: redisUrl,
    TASTYTRADE_PAPER_URL: simulator.restUrl,
    TENANT_REQUESTS_PER_SECOND: '50',
    GATEWAY_REQUESTS_PER_SECOND: '1000',
    LIMIT_MAX_WAIT_MS: '30000',
    ...variables,
  });
  const metrics = Array.from({ length: count }, () => createMetrics());
  const gateways: Gateway[] = [];
  for (const counted of metrics) gateways.push(await startGateway({ ...basics, config, metrics: counted }));
  const [{ tenancy, devIssuer }] = gateways as [Gateway];
  if (devIssuer === undefined) throw new Error('The replicas run with the development issuer');
  return {
    simulator,
    gateways,
    metrics,
    async addTenant(customer, scopes = ['read', 'trade']) {
      const { name, id } = await tenancy.registry.add({
        name: customer,
        environment: 'paper',
        grant: simulator.grantFor(customer),
      });
      await issueDevToken({ registry: tenancy.registry, devIssuer }, { tenant: name, scopes });
      return devIssuer.issue({ subject: id, scopes });
    },
    call: (at, call) => callTool((gateways[at % count] as Gateway).url, call),
    async close() {
      for (const gateway of gateways) await gateway.close();
      await simulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
