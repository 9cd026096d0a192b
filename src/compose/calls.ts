import { auditCalls } from './audit-calls.ts';
import { type Brokers, type BrokersParts, composeBrokers } from './brokers.ts';
import { atMost } from '../core/at-most.ts';
import { createRateGate } from '../limits/rate-gate.ts';
import type { AuditStore } from '../storage/stores/audit-store.ts';
import type { RunTool } from '../tools/define-tool.ts';
import { type Registry, createRegistry } from '../tools/registry.ts';
import { createRunTool } from '../tools/run-tool.ts';
import { tastytradePack } from '../tools/tastytrade-pack.ts';

/** The edge refuses at once what comes faster than it should; a second's worth more is what it lets in at a time. */
const CALLS_BEHIND_THE_EDGE = 2;
const CALL_WAIT_MS = 5000;

/** How a tool call is run, and the brokers it runs on. */
export type Calls = Brokers & {
  readonly tools: Registry;
  readonly runTool: RunTool;
  /** Waits for the calls that still run, no longer than so many milliseconds. */
  settle(ms: number): Promise<void>;
  /** Does so too, unless it has been done. */
  close(): Promise<void>;
};

export type CallsParts = BrokersParts & {
  readonly audit: AuditStore;
  /** Told of each call that was refused because it could not be served in time within the budgets. */
  readonly onLimited?: (tenantId: string) => void;
};

/** Knows the calls that still run, so that a sent order is not cut off from its answer because its client has gone. */
function trackCalls(runTool: RunTool, { clock, onLimited = () => {} }: Pick<CallsParts, 'clock' | 'onLimited'>) {
  const running = new Set<Promise<unknown>>();
  let isSettled = false;
  return {
    runTool: ((tool, call) => {
      const outcome = runTool(tool, call);
      running.add(outcome);
      void outcome
        .then((come) => {
          if (come.kind === 'error' && come.error.code === 'rate_limited') onLimited(call.context.tenant.id);
        })
        .finally(() => running.delete(outcome));
      return outcome;
    }) satisfies RunTool,
    async settle(ms: number): Promise<void> {
      if (running.size > 0 && !isSettled) await atMost(clock, ms, Promise.allSettled(running));
      isSettled = true;
    },
  };
}

export function composeCalls(parts: CallsParts): Calls {
  const { config, clock, log, metrics, audit } = parts;
  const brokers = composeBrokers(parts);
  const calls = createRateGate(config.calls.perTenantPerSecond * CALLS_BEHIND_THE_EDGE, clock);
  const runTool = createRunTool({
    clock,
    async admit({ tool, context }) {
      await calls.pass(context.tenant.id, { signal: context.signal, maxWaitMs: CALL_WAIT_MS });
      if (tool.lane === 'order') await brokers.checkOrder();
    },
    audit: auditCalls(audit, log),
    metrics: metrics.edge.toolCall,
  });
  const underWay = trackCalls(runTool, parts);
  return {
    ...brokers,
    tools: createRegistry([tastytradePack]),
    runTool: underWay.runTool,
    settle: underWay.settle,
    async close() {
      await brokers.handOver();
      // The other half is for what closes after it.
      await underWay.settle(config.shutdownGraceMs / 2);
      await brokers.close();
    },
  };
}
