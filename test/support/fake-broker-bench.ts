import type { Scope } from '../../src/auth/scopes.ts';
import type { Environment } from '../../src/broker/broker.ts';
import { accountNumber } from '../../src/broker/model/symbol.ts';
import { epochMs } from '../../src/core/clock.ts';
import { GatewayError } from '../../src/core/errors.ts';
import type { IdSource } from '../../src/core/ids.ts';
import { silentLog } from '../../src/core/log.ts';
import type { TenantContext } from '../../src/tenancy/tenant-context.ts';
import type { TenantId } from '../../src/tenancy/tenant.ts';
import { silentClient } from '../../src/tools/client-channel.ts';
import type { Tool, ToolOutcome } from '../../src/tools/define-tool.ts';
import { createRegistry } from '../../src/tools/registry.ts';
import { createRunTool } from '../../src/tools/run-tool.ts';
import { tastytradePack } from '../../src/tools/tastytrade-pack.ts';
import type { ToolAuditEntry } from '../../src/tools/tool-ports.ts';
import { createFakeBroker } from './fake-broker.ts';
import { createManualClock } from './manual-clock.ts';
import { account } from './tenant-broker.ts';

export const ACCOUNT = accountNumber('5WT00001');
export const registry = createRegistry([tastytradePack]);

export function toolNamed(name: string): Tool {
  const tool = registry.findTool(name);
  if (tool === undefined) throw new RangeError(`There is no tool ${name}`);
  return tool;
}

type BenchOptions = { scopes?: readonly Scope[]; environment?: Environment; startMs?: number };

/** A tenant with one account over a fake broker and a clock that the bench moves, and the tools of the pack to run on it. */
export function createBench(options: BenchOptions = {}) {
  const clock = createManualClock(...(options.startMs === undefined ? [] : [options.startMs]));
  const fake = createFakeBroker({
    clock,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  });
  fake.state.accounts.push(account(ACCOUNT));
  const caller = new AbortController();
  const audit: ToolAuditEntry[] = [];
  const metrics: { tool: string; outcome: string }[] = [];
  const context = contextOver(fake, { clock, signal: caller.signal, scopes: options.scopes ?? ['read', 'trade'] });
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
  const run = (name: string, args: unknown = {}): Promise<ToolOutcome> =>
    settle(runTool(toolNamed(name), { args, context, client: silentClient }));
  return {
    ...fake,
    clock,
    context,
    audit,
    metrics,
    settle,
    run,
    hangUp: () => caller.abort(new GatewayError('cancelled', 'The caller hung up.')),
    /** Runs without moving the clock to the end. */
    start: (name: string, args: unknown = {}): Promise<ToolOutcome> =>
      runTool(toolNamed(name), { args, context, client: silentClient }),
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
}

export type Bench = ReturnType<typeof createBench>;

function contextOver(
  { broker }: Pick<ReturnType<typeof createFakeBroker>, 'broker'>,
  { clock, signal, scopes }: { clock: TenantContext['clock']; signal: AbortSignal; scopes: readonly Scope[] },
): TenantContext {
  return {
    tenant: {
      id: 'tenant-1' as TenantId,
      name: 'demo',
      environment: broker.environment,
      status: 'enabled',
      createdAt: epochMs(0),
      updatedAt: epochMs(0),
    },
    caller: { issuer: 'https://issuer.test', subject: 'someone', scopes: new Set(scopes), expiresAt: epochMs(0) },
    broker,
    async chooseAccount(requested) {
      const accounts = await broker.accounts.list({ signal });
      const found = accounts.find(({ number }) => requested === undefined || number === requested);
      if (found === undefined) throw new GatewayError('not_found', 'There is no such account here.');
      if (requested === undefined && accounts.length > 1) throw new GatewayError('choice_needed', 'Say which account.');
      return found;
    },
    clock,
    ids: seededIds(),
    log: silentLog,
    signal,
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
