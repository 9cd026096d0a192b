import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEV_ISSUER, openDevIssuer } from '../../../src/auth/dev-issuer.ts';
import { openTenancy, type Tenancy } from '../../../src/compose/tenancy.ts';
import { readConfig } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { decimal } from '../../../src/core/decimal.ts';
import { systemIds } from '../../../src/core/ids.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { PlanChanges } from '../../../src/tenancy/plan/plan.ts';
import type { Environment } from '../../../src/broker/broker.ts';
import { startPostgres } from '../postgres.ts';
import { type BrokerDesk, openBrokerDesk } from './broker-desk.ts';
import { callTool, type ToolAsk, type ToolReply } from './mcp-caller.ts';
import { type Run, runCommand, startProgram } from './program.ts';
import { type Replica, startReplica } from './replica.ts';

/** A tenant, the customer of the simulator that it is, and a token of its first caller. */
export type Member = {
  readonly id: string;
  readonly name: string;
  readonly customer: string;
  readonly token: string;
};

export type NewMember = {
  readonly name: string;
  /** A resident of the simulator, or any other name for a fresh margin account; the tenant's name unless told. */
  readonly customer?: string;
  readonly environment?: Environment;
  readonly plan?: PlanChanges;
};

/** PostgreSQL, a simulator and two gateways, each a process of its own, on loopback; and this process as their operator. */
export type Cluster = {
  readonly replicas: readonly [Replica, Replica];
  readonly desk: BrokerDesk;
  readonly tenancy: Tenancy;
  readonly databaseUrl: string;
  addMember(member: NewMember): Promise<Member>;
  /** A token of another caller who acts for the same tenant. */
  otherCaller(member: Member, subject: string): Promise<string>;
  /** A tool call at one replica: the one of this number, counted round. */
  call(at: number, ask: ToolAsk): Promise<ToolReply>;
  /** An operator's command, in a process of its own. */
  command(...args: readonly string[]): Promise<Run>;
  stop(): Promise<void>;
};

type Stopping = () => Promise<void>;

/** Wide enough that no rule stands in the way of what is tried; each test narrows the one that it is about. */
export const WIDE_PLAN: PlanChanges = {
  ordersPerMinute: 1_000_000,
  ordersPerDay: 1_000_000,
  dailyNotional: decimal(1_000_000_000),
  dailyLoss: decimal(1_000_000_000),
  duplicateSeconds: 0,
};

/** Whatever was started is stopped again, in reverse order, also when a later step fails. */
export async function startCluster(): Promise<Cluster> {
  const opened: Stopping[] = [];
  const stop: Stopping = async () => {
    for (const part of opened.splice(0).toReversed()) await part();
  };
  try {
    return { ...(await open(opened)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(opened: Stopping[]): Promise<Omit<Cluster, 'stop'>> {
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
  const issuer = await openDevIssuer({ dataDir, clock: systemClock, ids: systemIds });
  const tokenOf = async (name: string, subject: string): Promise<string> => {
    await tenancy.registry.bind(name, { issuer: DEV_ISSUER, subject });
    return issuer.issue({ subject, scopes: ['read', 'trade'] });
  };
  return {
    replicas,
    desk,
    tenancy,
    databaseUrl,
    async addMember({ name, customer = name, environment = 'paper', plan = {} }) {
      const grant = desk.grantFor(customer);
      const { id } = await tenancy.registry.add({ name, environment, grant });
      await tenancy.registry.setPlan(name, { ...WIDE_PLAN, ...plan }, 'siege');
      return { id, name, customer, token: await tokenOf(name, id) };
    },
    otherCaller: ({ name }, subject) => tokenOf(name, subject),
    call: (at, ask) => callTool((at % 2 === 0 ? first : second).url(), ask),
    command: (...args) => runCommand(args, env),
  };
}
