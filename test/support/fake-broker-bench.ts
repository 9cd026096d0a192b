import type { Scope } from '../../src/auth/scopes.ts';
import type { Environment } from '../../src/broker/broker.ts';
import type { AccountChange, AccountChanges } from '../../src/broker/model/account-change.ts';
import { accountNumber } from '../../src/broker/model/symbol.ts';
import { epochMs } from '../../src/core/clock.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { IdSource } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import type { PlanChanges } from '../../src/tenancy/plan/plan.ts';
import { planOf } from '../../src/tenancy/plan/plan.ts';
import type { TenantContext } from '../../src/tenancy/tenant-context.ts';
import { silentClient } from '../../src/tools/client-channel.ts';
import type { ClientChannel } from '../../src/tools/client-channel.ts';
import type { Tool, ToolOutcome } from '../../src/tools/define-tool.ts';
import { createRegistry } from '../../src/tools/registry.ts';
import { createRunTool } from '../../src/tools/run-tool.ts';
import { tastytradePack } from '../../src/tools/tastytrade-pack.ts';
import type { ToolAuditEntry } from '../../src/tools/tool-ports.ts';
import { createFakeBroker } from './fake-broker.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryLedger } from './memory-ledger.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import { account } from './tenant-broker.ts';
import { testTenant } from './test-tenant.ts';

export const ACCOUNT = accountNumber('5WT00001');
export const registry = createRegistry([tastytradePack]);

export function toolNamed(name: string): Tool {
  const tool = registry.findTool(name);
  if (tool === undefined) throw new RangeError(`There is no tool ${name}`);
  return tool;
}

type BenchOptions = {
  scopes?: readonly Scope[];
  environment?: Environment;
  startMs?: number;
  /** What differs from the default rules of the environment. */
  plan?: PlanChanges;
};

/** Who calls, where it is not the bench's own caller. */
export type Visitor = {
  readonly subject?: string;
  readonly clientId?: string;
  readonly tenantId?: string;
  readonly plan?: PlanChanges;
  readonly environment?: Environment;
};

/** A tenant with one account over a fake broker and a clock that the bench moves, and the tools of the pack to run on it. */
export function createBench(options: BenchOptions = {}) {
  const clock = createManualClock(...(options.startMs === undefined ? [] : [options.startMs]));
  const fake = createFakeBroker({
    clock,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  });
  fake.state.accounts.push(account(ACCOUNT));
  const caller = new AbortController();
  const ledger = createMemoryLedger();
  const audit: ToolAuditEntry[] = [];
  const metrics: { tool: string; outcome: string }[] = [];
  const { scopes = ['read', 'trade'], plan = {} } = options;
  const changes = new Set<(change: AccountChange) => void>();
  const accountChanges: AccountChanges = {
    async follow(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
  };
  const context = contextOver(fake, { accountChanges, clock, signal: caller.signal, scopes, plan, ledger });
  const runTool = createRunTool({
    clock,
    admit: async () => {},
    audit: async (entry) => void audit.push(entry),
    metrics: ({ tool, outcome }) => void metrics.push({ tool, outcome }),
  });

  /** Moves the clock until the work has ended, for at most ten minutes of its time. */
  async function settle<Result>(work: Promise<Result>): Promise<Result> {
    const end = { isReached: false };
    const watched = work.finally(() => {
      end.isReached = true;
    });
    watched.catch(() => {});
    for (let step = 0; step < 2400 && !end.isReached; step += 1) await clock.advance(step === 0 ? 0 : 250);
    if (!end.isReached) throw new Error('The work did not end in ten minutes');
    return watched;
  }

  const callsOf = (own: TenantContext) => {
    /** Runs without moving the clock to the end. */
    const start = (name: string, args: unknown = {}, client: ClientChannel = silentClient): Promise<ToolOutcome> =>
      runTool(toolNamed(name), { args, context: own, client });
    const run = (name: string, args: unknown = {}, client: ClientChannel = silentClient): Promise<ToolOutcome> =>
      settle(start(name, args, client));
    return {
      context: own,
      start,
      run,
      /** The data of an answer; throws the text of anything else. */
      async ask<Data = Record<string, unknown>>(name: string, args: unknown = {}): Promise<Data> {
        const outcome = await run(name, args);
        if (outcome.kind === 'answer') return outcome.data as Data;
        throw new Error(outcome.kind === 'error' ? `${outcome.error.code}: ${outcome.text}` : 'It asked a question');
      },
      /** The error of a call that must fail. */
      async refusal(name: string, args: unknown = {}) {
        const outcome = await run(name, args);
        if (outcome.kind === 'error') return outcome.error;
        throw new Error(`It was answered: ${JSON.stringify(outcome).slice(0, 500)}`);
      },
    };
  };
  return {
    ...fake,
    ...callsOf(context),
    clock,
    ledger,
    audit,
    metrics,
    settle,
    /** Tells whoever follows the accounts. */
    change: (change: AccountChange) => changes.forEach((listener) => listener(change)),
    hangUp: () => caller.abort(new GatewayError('cancelled', 'The caller hung up.')),
    /** The same broker, clock and database, as somebody else finds them. */
    as: (visitor: Visitor) => callsOf(visited(context, visitor, ledger)),
  };
}

export type Bench = ReturnType<typeof createBench>;

type ContextParts = {
  readonly clock: TenantContext['clock'];
  readonly signal: AbortSignal;
  readonly scopes: readonly Scope[];
  readonly plan: PlanChanges;
  readonly ledger: MemoryLedger;
  readonly accountChanges: AccountChanges;
};

function contextOver(
  { broker }: Pick<ReturnType<typeof createFakeBroker>, 'broker'>,
  { clock, signal, scopes, plan, ledger, accountChanges }: ContextParts,
): TenantContext {
  const { environment } = broker;
  return {
    tenant: testTenant('tenant-1', { name: 'demo', environment, plan: planOf(environment, plan) }),
    caller: { issuer: 'https://issuer.test', subject: 'someone', scopes: new Set(scopes), expiresAt: epochMs(0) },
    broker,
    async chooseAccount(requested) {
      const accounts = await broker.accounts.list({ signal });
      const found = accounts.find(({ number }) => requested === undefined || number === requested);
      if (found === undefined) throw new GatewayError('not_found', 'There is no such account here.');
      if (requested === undefined && accounts.length > 1) throw new GatewayError('choice_needed', 'Say which account.');
      return found;
    },
    listAccounts: async () => (await broker.accounts.list({ signal })).filter(({ isClosed }) => !isClosed),
    accountChanges,
    ledger: ledger.of('tenant-1'),
    clock,
    ids: seededIds(),
    log: silentLog,
    signal,
  };
}

function visited(context: TenantContext, visitor: Visitor, ledger: MemoryLedger): TenantContext {
  const { tenant, caller, broker } = context;
  const { subject = caller.subject, tenantId = tenant.id, environment = broker.environment, clientId, plan } = visitor;
  return {
    ...context,
    tenant: testTenant(tenantId, { environment, plan: plan === undefined ? tenant.plan : planOf(environment, plan) }),
    caller: { ...caller, subject, ...(clientId === undefined ? {} : { clientId }) },
    broker: { ...broker, environment },
    ledger: ledger.of(tenantId),
  };
}

function seededIds(): IdSource {
  let last = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${String((last += 1)).padStart(12, '0')}`,
    secret: () => `secret-${(last += 1)}`,
    fraction: () => 0.5,
  };
}
