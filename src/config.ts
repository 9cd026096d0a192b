import { resolve } from 'node:path';
import { z } from 'zod';
import { ENVIRONMENTS, type Environment } from './broker/broker.ts';
import type { BrokerHosts } from './broker/upstream.ts';
import { GatewayError } from './core/errors.ts';
import { DATABASE_LIMITS, type DatabaseLimits } from './storage/database-limits.ts';
import { editPlan } from './tenancy/plan/plan-edits.ts';
import { readPlanJson } from './tenancy/plan/plan-json.ts';
import type { PlanChanges } from './tenancy/plan/plan.ts';

/** How callers prove who they are: tokens of the operator's identity provider, or of the built-in development issuer. */
export type IdentityConfig =
  | { readonly kind: 'development' }
  | { readonly kind: 'jwt'; readonly issuer: string; readonly audience: string; readonly jwksUrl?: string };

/** What stdio serves: one person's own login, or paper. */
export type PersonConfig = {
  readonly clientSecret: string;
  readonly refreshToken: string;
  readonly environment: Environment;
};

export type SimulatorConfig = {
  readonly seed: string;
  readonly host: string;
  readonly port: number;
  readonly grantKey?: string;
  readonly alwaysOpen: boolean;
};

/** Everything the process was told, checked and frozen. Only this file reads the environment. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly publicUrl?: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly databaseLimits: DatabaseLimits;
  readonly redisUrl?: string;
  readonly vaultKey?: string;
  readonly metricsToken?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly identity: IdentityConfig;
  /** `paper` is absent where the embedded simulator is to serve it. */
  readonly hosts: Readonly<Record<'live' | 'sandbox', BrokerHosts>> & { readonly paper?: BrokerHosts };
  readonly limits: {
    readonly tenantPerSecond: number;
    readonly gatewayPerSecond: number;
    /** Access tokens asked of the broker, for each environment. */
    readonly grantsPerSecond: number;
    readonly maxWaitMs: number;
    /** How many share the budgets, until they have seen each other. */
    readonly replicas: number;
  };
  readonly calls: {
    readonly perTenant: number;
    readonly inAll: number;
    readonly perTenantPerSecond: number;
    readonly maxWaitMs: number;
  };
  /** After so long a client that takes nothing of an answer loses its connection, in milliseconds. */
  readonly stalledClientMs: number;
  readonly shutdownGraceMs: number;
  /** How long the process still serves after it said that it is not ready any more. Part of the grace. */
  readonly shutdownDrainMs: number;
  readonly person?: PersonConfig;
  readonly accountId?: string;
  /** The rules for what stdio's person may send, where they differ from the defaults of their environment. */
  readonly personPlan?: PlanChanges;
  readonly simulator: SimulatorConfig;
};

const MAX_PORT = 65_535;
const port = z.coerce.number().int().min(0).max(MAX_PORT);
const url = (protocols: RegExp) =>
  z
    .url({ protocol: protocols, error: 'must be a URL' })
    .refine((text) => !text.includes('@'), 'must not carry a user or a password')
    .transform((text) => text.replace(/\/+$/u, ''));
const httpUrl = url(/^https?$/u);
const wsUrl = url(/^wss?$/u);
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

const environment = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8000),
  PUBLIC_URL: httpUrl.optional(),
  ALLOWED_HOSTS: list.default([]),
  ALLOWED_ORIGINS: list.default([]),
  TRUST_PROXY: flag.default(false),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//u, 'must start with postgres://')
    .optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(500).default(DATABASE_LIMITS.poolSize),
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(600_000)
    .default(DATABASE_LIMITS.statementTimeoutMs),
  DATABASE_LOCK_TIMEOUT_MS: z.coerce.number().int().min(50).max(600_000).default(DATABASE_LIMITS.lockTimeoutMs),
  REDIS_URL: z
    .string()
    .regex(
      /^rediss?(?:\+sentinel|\+cluster)?:\/\//u,
      'must start with redis://, redis+sentinel:// or redis+cluster:// (or rediss)',
    )
    .optional(),
  VAULT_KEY: z.string().optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  JWT_ISSUER: z.string().min(1).optional(),
  JWT_AUDIENCE: z.string().min(1).optional(),
  JWT_JWKS_URL: httpUrl.optional(),
  TASTYTRADE_LIVE_URL: httpUrl.default('https://api.tastyworks.com'),
  TASTYTRADE_LIVE_STREAMER_URL: wsUrl.default('wss://streamer.tastyworks.com'),
  TASTYTRADE_SANDBOX_URL: httpUrl.default('https://api.cert.tastyworks.com'),
  TASTYTRADE_SANDBOX_STREAMER_URL: wsUrl.default('wss://streamer.cert.tastyworks.com'),
  TASTYTRADE_PAPER_URL: httpUrl.optional(),
  TASTYTRADE_PAPER_STREAMER_URL: wsUrl.optional(),
  TENANT_REQUESTS_PER_SECOND: z.coerce.number().positive().max(50).default(5),
  GATEWAY_REQUESTS_PER_SECOND: z.coerce.number().positive().max(1000).default(50),
  GRANTS_PER_SECOND: z.coerce.number().positive().max(1000).default(5),
  LIMIT_MAX_WAIT_MS: z.coerce.number().int().min(0).max(60_000).default(15_000),
  EXPECTED_REPLICAS: z.coerce.number().int().min(1).max(100).default(1),
  CALLS_PER_TENANT: z.coerce.number().int().min(1).max(100_000).default(64),
  CALLS_IN_ALL: z.coerce.number().int().min(8).max(100_000).default(512),
  CALLS_PER_TENANT_PER_SECOND: z.coerce.number().int().min(1).max(100_000).default(100),
  CALL_START_WAIT_MS: z.coerce.number().int().min(1).max(60_000).default(50),
  STALLED_CLIENT_MS: z.coerce.number().int().min(100).max(600_000).default(60_000),
  SHUTDOWN_GRACE_MS: z.coerce.number().int().min(100).max(300_000).default(25_000),
  SHUTDOWN_DRAIN_MS: z.coerce.number().int().min(0).max(120_000).optional(),
  TASTYTRADE_CLIENT_SECRET: z.string().min(1).optional(),
  TASTYTRADE_REFRESH_TOKEN: z.string().min(1).optional(),
  TASTYTRADE_ACCOUNT_ID: z.string().min(1).optional(),
  TASTYTRADE_ENVIRONMENT: z.enum(ENVIRONMENTS).default('live'),
  TASTYTRADE_PLAN: z.string().optional(),
  SIMULATOR_SEED: z.string().min(1).default('tasty'),
  SIMULATOR_HOST: z.string().min(1).default('127.0.0.1'),
  SIMULATOR_PORT: port.default(8100),
  SIMULATOR_GRANT_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
  SIMULATOR_ALWAYS_OPEN: flag.default(true),
});

type Environ = z.output<typeof environment>;

const given = <Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } =>
  value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });

function identity(env: Environ, faults: string[]): IdentityConfig {
  if (env.JWT_ISSUER === undefined && env.JWT_AUDIENCE === undefined && env.JWT_JWKS_URL === undefined) {
    return { kind: 'development' };
  }
  const audience = env.JWT_AUDIENCE ?? (env.PUBLIC_URL === undefined ? undefined : `${env.PUBLIC_URL}/mcp`);
  if (env.JWT_ISSUER === undefined) faults.push('JWT_ISSUER: is needed with JWT_AUDIENCE or JWT_JWKS_URL');
  if (audience === undefined) faults.push('JWT_AUDIENCE: is needed with JWT_ISSUER (or set PUBLIC_URL)');
  if (env.PUBLIC_URL === undefined)
    faults.push('PUBLIC_URL: is needed with JWT_ISSUER: clients are told to find this gateway there');
  return {
    kind: 'jwt',
    issuer: env.JWT_ISSUER ?? '',
    audience: audience ?? '',
    ...given('jwksUrl', env.JWT_JWKS_URL),
  };
}

function person(env: Environ, faults: string[]): PersonConfig | undefined {
  const { TASTYTRADE_CLIENT_SECRET: clientSecret, TASTYTRADE_REFRESH_TOKEN: refreshToken } = env;
  if (clientSecret === undefined && refreshToken === undefined) return undefined;
  if (clientSecret === undefined || refreshToken === undefined) {
    faults.push('TASTYTRADE_CLIENT_SECRET and TASTYTRADE_REFRESH_TOKEN: set both or neither');
    return undefined;
  }
  return { clientSecret, refreshToken, environment: env.TASTYTRADE_ENVIRONMENT };
}

/** Where stdio's orders go: to paper, as long as there is no login. */
export const personEnvironment = ({ person }: Pick<Config, 'person'>): Environment => person?.environment ?? 'paper';

function personPlan(text: string | undefined, where: Environment, faults: string[]): PlanChanges | undefined {
  if (text === undefined) return undefined;
  const read = readPlanJson(parsedJson(text));
  faults.push(...read.faults.map(({ problem }) => `TASTYTRADE_PLAN: ${problem}`));
  return read.faults.length > 0 ? undefined : editPlan(where, {}, read.edits);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const DRAIN_MS = 5000;

/** Nobody stands before a gateway that serves its own demo tenants: there it ends at once. */
function shutdownDrainMs(env: Environ, who: IdentityConfig, faults: string[]): number {
  const { SHUTDOWN_DRAIN_MS: drainMs, SHUTDOWN_GRACE_MS: graceMs } = env;
  if (drainMs !== undefined && drainMs >= graceMs)
    faults.push('SHUTDOWN_DRAIN_MS: must be less than SHUTDOWN_GRACE_MS');
  return drainMs ?? (who.kind === 'development' ? 0 : Math.min(DRAIN_MS, graceMs / 2));
}

function paperHosts(env: Environ): BrokerHosts | undefined {
  if (env.TASTYTRADE_PAPER_URL === undefined) return undefined;
  const streamerUrl = env.TASTYTRADE_PAPER_STREAMER_URL ?? env.TASTYTRADE_PAPER_URL.replace(/^http/u, 'ws');
  return { restUrl: env.TASTYTRADE_PAPER_URL, streamerUrl };
}

function build(env: Environ, faults: string[]): Config {
  const who = identity(env, faults);
  const login = given('person', person(env, faults));
  return {
    host: env.HOST,
    port: env.PORT,
    ...given('publicUrl', env.PUBLIC_URL),
    allowedHosts: env.ALLOWED_HOSTS,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustProxy: env.TRUST_PROXY,
    dataDir: resolve(env.DATA_DIR),
    ...given('databaseUrl', env.DATABASE_URL),
    databaseLimits: {
      poolSize: env.DATABASE_POOL_SIZE,
      statementTimeoutMs: env.DATABASE_STATEMENT_TIMEOUT_MS,
      lockTimeoutMs: env.DATABASE_LOCK_TIMEOUT_MS,
    },
    ...given('redisUrl', env.REDIS_URL),
    ...given('vaultKey', env.VAULT_KEY),
    ...given('metricsToken', env.METRICS_TOKEN),
    logLevel: env.LOG_LEVEL,
    identity: who,
    hosts: {
      live: { restUrl: env.TASTYTRADE_LIVE_URL, streamerUrl: env.TASTYTRADE_LIVE_STREAMER_URL },
      sandbox: { restUrl: env.TASTYTRADE_SANDBOX_URL, streamerUrl: env.TASTYTRADE_SANDBOX_STREAMER_URL },
      ...given('paper', paperHosts(env)),
    },
    limits: {
      tenantPerSecond: env.TENANT_REQUESTS_PER_SECOND,
      gatewayPerSecond: env.GATEWAY_REQUESTS_PER_SECOND,
      grantsPerSecond: env.GRANTS_PER_SECOND,
      maxWaitMs: env.LIMIT_MAX_WAIT_MS,
      replicas: env.EXPECTED_REPLICAS,
    },
    calls: {
      perTenant: env.CALLS_PER_TENANT,
      inAll: env.CALLS_IN_ALL,
      perTenantPerSecond: env.CALLS_PER_TENANT_PER_SECOND,
      maxWaitMs: env.CALL_START_WAIT_MS,
    },
    stalledClientMs: env.STALLED_CLIENT_MS,
    shutdownGraceMs: env.SHUTDOWN_GRACE_MS,
    shutdownDrainMs: shutdownDrainMs(env, who, faults),
    ...login,
    ...given('accountId', env.TASTYTRADE_ACCOUNT_ID),
    ...given('personPlan', personPlan(env.TASTYTRADE_PLAN, personEnvironment(login), faults)),
    simulator: {
      seed: env.SIMULATOR_SEED,
      host: env.SIMULATOR_HOST,
      port: env.SIMULATOR_PORT,
      ...given('grantKey', env.SIMULATOR_GRANT_KEY),
      alwaysOpen: env.SIMULATOR_ALWAYS_OPEN,
    },
  };
}

/** Reads the variables documented in `.env.example`. Throws `config_invalid` with every fault at once; values are never repeated. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const present = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(present);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const config = parsed.success ? build(parsed.data, faults) : undefined;
  if (config === undefined || faults.length > 0) {
    throw new GatewayError(
      'config_invalid',
      `The configuration has ${faults.length} fault(s):\n  ${faults.join('\n  ')}`,
      {
        details: { faults },
        advice: 'Set the variables as .env.example describes.',
      },
    );
  }
  return Object.freeze(config);
}
