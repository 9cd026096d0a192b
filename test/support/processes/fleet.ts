import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTenancy, type Tenancy } from '../../../src/compose/tenancy.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { eventually } from '../eventually.ts';
import { fixedPort } from '../fixed-port.ts';
import { type OwnPostgres, startOwnPostgres } from '../postgres.ts';
import { type BrokerDesk, openBrokerDesk } from './broker-desk.ts';
import { createHandledLedger, type HandledLedger } from './handled-ledger.ts';
import { type Proxy, startHaproxy } from './haproxy.ts';
import { type Membership, openMembership } from './membership.ts';
import { type Run, runCommand, startProgram } from './program.ts';
import { type RedisGroup, startRedisGroup } from './redis-group.ts';
import { type Replica, startReplica } from './replica.ts';

export type FleetOptions = {
  /** How many gateways; three unless told. */
  readonly replicas?: number;
  /** Two Redis servers watched by three Sentinels, in place of one. */
  readonly sentinel?: boolean;
  /** Each gateway lets an inspector in, on loopback. */
  readonly inspect?: boolean;
  /** Variables of every gateway, over the fleet's own. */
  readonly env?: Readonly<Record<string, string>>;
};

/** A gateway of a fleet: always on the same port. */
export type FleetReplica = Replica & {
  /** Where an inspector is let in; undefined unless the fleet was started so. */
  readonly inspectPort: number | undefined;
};

/** HAProxy, gateways, Redis, PostgreSQL and a simulator, each a process of its own, on loopback; this process is their operator. */
export type Fleet = Membership & {
  /** Through the proxy. */
  readonly url: string;
  readonly proxy: Proxy;
  readonly replicas: readonly FleetReplica[];
  readonly desk: BrokerDesk;
  readonly redis: RedisGroup;
  readonly postgres: OwnPostgres;
  readonly databaseUrl: string;
  readonly tenancy: Tenancy;
  /** What the gateways say they answered. */
  readonly handled: HandledLedger;
  /** An operator's command, in a process of its own. */
  command(...args: readonly string[]): Promise<Run>;
  /** Everything runs and is ready again, without faults, and both ledgers are empty. Tenants stay. */
  reset(): Promise<void>;
  stop(): Promise<void>;
};

type Stopping = () => Promise<void>;

/** Nothing stands in the way of what is tried; each scenario narrows what it is about. */
const WIDE_LIMITS = {
  TENANT_REQUESTS_PER_SECOND: '50',
  GATEWAY_REQUESTS_PER_SECOND: '1000',
  CALLS_PER_TENANT: '1000',
  CALLS_IN_ALL: '3000',
  CALLS_PER_TENANT_PER_SECOND: '10000',
  CALL_START_WAIT_MS: '10000',
};

const READY_MS = 30_000;

/** Whatever was started is stopped again, in reverse order, also when a later step fails. */
export async function startFleet(options: FleetOptions = {}): Promise<Fleet> {
  const opened: Stopping[] = [];
  const stop: Stopping = async () => {
    for (const part of opened.splice(0).toReversed()) await part();
  };
  try {
    return { ...(await open(options, (part) => void opened.push(part))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(
  { replicas: count = 3, sentinel = false, inspect = false, env: extra = {} }: FleetOptions,
  onStop: (part: Stopping) => void,
): Promise<Omit<Fleet, 'stop'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-fleet-'));
  onStop(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startOwnPostgres();
  onStop(() => postgres.stop());
  const databaseUrl = await postgres.freshDatabase();
  const redis = await startRedisGroup(sentinel ? 'sentinel' : 'single');
  onStop(() => redis.stop());
  const { desk, brokerEnv } = await startBroker(dataDir, onStop);
  const shared = { DATABASE_URL: databaseUrl, VAULT_KEY: systemIds.secret(), DATA_DIR: dataDir, ...brokerEnv };
  const tenancy = await openTenancy({
    config: readConfig(shared),
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
  });
  onStop(() => tenancy.close());
  const handled = createHandledLedger();
  const env = {
    ...shared,
    REDIS_URL: redis.url,
    ...WIDE_LIMITS,
    SHUTDOWN_GRACE_MS: '15000',
    SHUTDOWN_DRAIN_MS: '2000',
    LOG_LEVEL: 'info',
    ...extra,
  };
  const replicas = await startReplicas({ count, inspect, env, handled });
  onStop(async () => void (await Promise.all(replicas.map((replica) => replica.stop()))));
  const proxy = await startHaproxy(replicas.map((replica) => new URL(replica.url()).host));
  onStop(() => proxy.stop());
  return {
    url: proxy.url,
    proxy,
    replicas,
    desk,
    redis,
    postgres,
    databaseUrl,
    tenancy,
    handled,
    ...(await openMembership({ tenancy, desk, dataDir })),
    command: (...args) => runCommand(args, shared),
    async reset() {
      await redis.heal();
      for (const replica of replicas.filter((each) => !each.isReady())) await replica.restart();
      await eventually(async () => (await proxy.readyServers()) === replicas.length, READY_MS);
      await desk.reset();
      handled.clear();
    },
  };
}

type Broker = { readonly desk: BrokerDesk; readonly brokerEnv: Readonly<Record<string, string>> };

async function startBroker(dataDir: string, onStop: (part: Stopping) => void): Promise<Broker> {
  const grantKey = systemIds.secret();
  const simulator = await startProgram({
    args: ['simulator'],
    env: {
      SIMULATOR_GRANT_KEY: grantKey,
      SIMULATOR_ALWAYS_OPEN: 'true',
      SIMULATOR_PORT: String(await fixedPort()),
      LOG_LEVEL: 'error',
      DATA_DIR: dataDir,
    },
    ready: /listens on (http:\S+?)\. /u,
  });
  onStop(() => simulator.stop());
  return {
    desk: openBrokerDesk(simulator.captured, grantKey),
    brokerEnv: {
      TASTYTRADE_PAPER_URL: simulator.captured,
      TASTYTRADE_SANDBOX_URL: simulator.captured,
      TASTYTRADE_SANDBOX_STREAMER_URL: simulator.captured.replace('http', 'ws'),
    },
  };
}

type ReplicaNeeds = {
  readonly count: number;
  readonly inspect: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly handled: HandledLedger;
};

/** All at once, as an orchestrator would: what they do at their start must bear that. */
async function startReplicas({ count, inspect, env, handled }: ReplicaNeeds): Promise<readonly FleetReplica[]> {
  const starting = Array.from({ length: count }, async (_unused, index): Promise<FleetReplica> => {
    const inspectPort = inspect ? await fixedPort() : undefined;
    const inspector = inspectPort === undefined ? {} : { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectPort}` };
    const own = { ...env, ...inspector, PORT: String(await fixedPort()) };
    return { ...(await startReplica(own, (line) => handled.hear(index, line))), inspectPort };
  });
  const settled = await Promise.allSettled(starting);
  const replicas = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed === undefined) return replicas;
  await Promise.all(replicas.map((replica) => replica.stop()));
  throw failed.reason;
}
