import type { Environment } from '../broker/broker.ts';
import type { BrokerGrant, BrokerHosts, SharedValues } from '../broker/upstream.ts';
import type { ReferenceCache } from '../cache/reference-cache.ts';
import { auditCalls } from './audit-calls.ts';
import { brokerMaker } from './broker.ts';
import { composeChains } from './chains.ts';
import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { composeTokenSharing } from './token-sharing.ts';
import { atMost } from '../core/at-most.ts';
import type { Clock } from '../core/clock.ts';
import { createLimiter } from '../limits/limiter.ts';
import { createMemoryCounter } from '../limits/memory-counter.ts';
import { createRedisCounter } from '../limits/redis-counter.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createRelay } from '../relay/relay.ts';
import type { AuditStore } from '../storage/stores/audit-store.ts';
import { type BrokerPool, createBrokerPool } from '../tenancy/broker-pool.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import type { RunTool } from '../tools/define-tool.ts';
import { type Registry, createRegistry } from '../tools/registry.ts';
import { createRunTool } from '../tools/run-tool.ts';
import { tastytradePack } from '../tools/tastytrade-pack.ts';

/** The edge refuses at once what comes faster than it should; a second's worth more is what it lets in at a time. */
const CALLS_BEHIND_THE_EDGE = 2;
const CALL_WAIT_MS = 5000;

/** How a tool call is run, and the brokers it runs on. */
export type Calls = {
  readonly tools: Registry;
  readonly runTool: RunTool;
  readonly pool: BrokerPool;
  readonly chains: Pick<ReferenceCache<SharedValues>, 'drop'>;
  /** Lets other replicas have the broker sockets of all tenants; calls under way go on. Never rejects. */
  handOver(): Promise<void>;
  /** Waits for the calls that still run, no longer than so many milliseconds. */
  settle(ms: number): Promise<void>;
  /** Does so too, unless it has been done. */
  close(): Promise<void>;
};

export type CallsParts = Basics & {
  readonly metrics: Metrics;
  readonly audit: AuditStore;
  readonly shared: SharedParts;
  readonly deriveKey: Tenancy['deriveKey'];
  readonly hosts: Readonly<Partial<Record<Environment, BrokerHosts>>>;
  readonly loadGrant: (tenant: Tenant) => Promise<BrokerGrant>;
};

/** Knows the calls that still run, so that a sent order is not cut off from its answer because its client has gone. */
function trackCalls(runTool: RunTool, clock: Clock) {
  const running = new Set<Promise<unknown>>();
  let isSettled = false;
  return {
    runTool: ((tool, call) => {
      const outcome = runTool(tool, call);
      running.add(outcome);
      void outcome.finally(() => running.delete(outcome));
      return outcome;
    }) satisfies RunTool,
    async settle(ms: number): Promise<void> {
      if (running.size > 0 && !isSettled) await atMost(clock, ms, Promise.allSettled(running));
      isSettled = true;
    },
  };
}

export function composeCalls(parts: CallsParts): Calls {
  const { config, clock, ids, log, metrics, audit, hosts, loadGrant, shared } = parts;
  const { redis } = shared;
  const counter = redis === undefined ? createMemoryCounter() : createRedisCounter(redis);
  const limiter = createLimiter({ counter, clock, observer: metrics.limiter });
  const chains = composeChains(parts);
  const tokens = composeTokenSharing({ ...parts, onBreaker: metrics.broker.loginsStopped });
  const relay =
    redis === undefined ? undefined : createRelay({ fleet: shared.fleet, clock, ids, log, observer: metrics.relay });
  const makeBroker = brokerMaker({
    hosts,
    ...(relay === undefined ? {} : { relay }),
    limits: config.limits,
    limiter,
    chains,
    tokens,
    changes: shared.changes,
    observer: metrics.broker,
    clock,
    ids,
    log,
  });
  const pool = createBrokerPool({ makeBroker, loadGrant, clock, log });
  const calls = createLimiter({ counter: createMemoryCounter(), clock, observer: { taken() {}, refused() {} } });
  const runTool = createRunTool({
    clock,
    admit: ({ context }) =>
      calls.take([{ key: context.tenant.id, perSecond: config.calls.perTenantPerSecond * CALLS_BEHIND_THE_EDGE }], {
        signal: context.signal,
        maxWaitMs: CALL_WAIT_MS,
      }),
    audit: auditCalls(audit, log),
    metrics: metrics.edge.toolCall,
  });
  const underWay = trackCalls(runTool, clock);
  const handOver = async (): Promise<void> => relay?.handOver();
  return {
    tools: createRegistry([tastytradePack]),
    runTool: underWay.runTool,
    pool,
    chains,
    settle: underWay.settle,
    handOver,
    async close() {
      await handOver();
      // The other half is for what closes after it.
      await underWay.settle(config.shutdownGraceMs / 2);
      await pool.close();
      relay?.close();
      chains.close();
      tokens.close();
    },
  };
}
