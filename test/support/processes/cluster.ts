import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTenancy, type Tenancy } from '../../../src/compose/tenancy.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import { startPostgres } from '../postgres.ts';
import { WIDE_BOUNDS } from '../wide-bounds.ts';
import { type BrokerDesk, openBrokerDesk } from './broker-desk.ts';
import { callTool, type ToolAsk, type ToolReply } from './mcp-caller.ts';
import { type Membership, openMembership } from './membership.ts';
import { type Run, runCommand, startProgram } from './program.ts';
import { type Replica, startReplica } from './replica.ts';

/** PostgreSQL, a simulator and two gateways, each a process of its own, on loopback; and this process as their operator. */
export type Cluster = Membership & {
  readonly replicas: readonly [Replica, Replica];
  readonly desk: BrokerDesk;
  readonly tenancy: Tenancy;
  readonly databaseUrl: string;
  /** A tool call at one replica: the one of this number, counted round. */
  call(at: number, ask: ToolAsk): Promise<ToolReply>;
  /** An operator's command, in a process of its own. */
  command(...args: readonly string[]): Promise<Run>;
  stop(): Promise<void>;
};

export type { Member } from './membership.ts';

type Stopping = () => Promise<void>;

/** `variables` are the gateways', over those of the cluster. Whatever was started is stopped again, in reverse order, also when a later step fails. */
export async function startCluster(variables: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const opened: Stopping[] = [];
  const stop: Stopping = async () => {
    for (const part of opened.splice(0).toReversed()) await part();
  };
  try {
    return { ...(await open(opened, variables)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(opened: Stopping[], variables: Readonly<Record<string, string>>): Promise<Omit<Cluster, 'stop'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-cluster-'));
  opened.push(() => rm(dataDir, { recursive: true, force: true }));
  const postgres = await startPostgres();
  opened.push(() => postgres.stop());
  const databaseUrl = await postgres.freshDatabase();
  const grantKey = systemIds.secret();
  const simulator = await startProgram({
    args: ['simulator'],
    env: {
      SIMULATOR_GRANT_KEY: grantKey,
      SIMULATOR_ALWAYS_OPEN: 'true',
      SIMULATOR_PORT: '0',
      LOG_LEVEL: 'error',
      DATA_DIR: dataDir,
    },
    ready: /listens on (http:\S+?)\. /u,
  });
  opened.push(() => simulator.stop());
  const env = {
    DATABASE_URL: databaseUrl,
    VAULT_KEY: systemIds.secret(),
    DATA_DIR: dataDir,
    PORT: '0',
    TASTYTRADE_PAPER_URL: simulator.captured,
    TASTYTRADE_SANDBOX_URL: simulator.captured,
    TASTYTRADE_SANDBOX_STREAMER_URL: simulator.captured.replace('http', 'ws'),
    TENANT_REQUESTS_PER_SECOND: '50',
    GATEWAY_REQUESTS_PER_SECOND: '1000',
    LOG_LEVEL: 'warn',
    ...WIDE_BOUNDS,
    ...variables,
  };
  const basics = { config: readConfig(env), clock: systemClock, ids: systemIds, log: silentLog };
  const tenancy = await openTenancy(basics);
  opened.push(() => tenancy.close());
  const first = await startReplica(env);
  opened.push(() => first.stop());
  const second = await startReplica(env);
  opened.push(() => second.stop());
  const replicas = [first, second] as const;
  const desk = openBrokerDesk(simulator.captured, grantKey);
  return {
    replicas,
    desk,
    tenancy,
    databaseUrl,
    ...(await openMembership({ tenancy, desk, dataDir })),
    call: (at, ask) => callTool((at % 2 === 0 ? first : second).url(), ask),
    command: (...args) => runCommand(args, env),
  };
}
