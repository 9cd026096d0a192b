import type { SharedParts } from './shared.ts';
import type { Basics } from './tenancy.ts';
import type { Environment } from '../broker/broker.ts';
import type { EndpointClass, SlowDown, Throttle } from '../broker/upstream.ts';
import { currentFlow } from '../core/call-flow.ts';
import type { Budget } from '../limits/budget.ts';
import { createLimiter } from '../limits/limiter.ts';
import { createLiveReplicas } from '../limits/live-replicas.ts';
import { createMemoryBudgetStore } from '../limits/memory-budget-store.ts';
import { createOrderProof } from '../limits/order-proof.ts';
import { createPauses, USUAL_PAUSE_MS } from '../limits/pauses.ts';
import { createRedisBudgetStore } from '../limits/redis-budget-store.ts';
import { sharePauses } from '../limits/shared-pauses.ts';
import { createStanding, standingAlone } from '../limits/standing.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Tenant } from '../tenancy/tenant.ts';

/** The broker's published ceilings in requests per second, where a class has one of its own (contract §7.1). */
const CEILINGS: Readonly<Partial<Record<EndpointClass, number>>> = {
  account: 1,
  orders: 20,
  'market-data': 2,
  chains: 2,
  equity: 3,
  equities: 2,
  futures: 1,
  'future-products': 1,
  option: 3,
};

/** How a tenant's calls to the broker are held to their budgets. */
export type TenantLimits = { readonly throttle: Throttle; readonly slowDown: SlowDown };

export type Limits = {
  of(tenant: Pick<Tenant, 'id' | 'environment'>): TenantLimits;
  /** Before an order is begun: throws `coordination_unavailable` where it would be refused later on anyway. */
  checkOrder(): Promise<void>;
  close(): Promise<void>;
};

export type LimitsParts = Basics & { readonly shared: SharedParts; readonly metrics: Pick<Metrics, 'limiter'> };

type Rates = LimitsParts['config']['limits'];

/** Where this replica stands to the others that draw on the same budgets. */
function openStanding({ config, shared, clock, metrics }: LimitsParts) {
  const { redis, fleet } = shared;
  if (redis === undefined) return { standing: standingAlone, close: async () => {} };
  const live = createLiveReplicas({
    redis,
    replica: fleet.replica,
    expected: config.limits.replicas,
    clock,
    observer: metrics.limiter,
  });
  const standing = createStanding({ fleet, live, clock, onShare: metrics.limiter.onShare });
  return {
    standing,
    async close() {
      standing.close();
      await live.close();
    },
  };
}

export function openLimits(parts: LimitsParts): Limits {
  const { config, shared, clock, ids, log, metrics } = parts;
  const { redis, fleet } = shared;
  const observer = metrics.limiter;
  const { standing, close } = openStanding(parts);
  const store = redis === undefined ? createMemoryBudgetStore(clock) : createRedisBudgetStore(redis);
  const pauses = sharePauses({
    pauses: createPauses(clock, observer.paused),
    channels: fleet.channels,
    replica: fleet.replica,
    clock,
    log,
  });
  const limiter = createLimiter({ store, standing, pauses, holder: fleet.replica, clock, ids, observer, log });
  const proof = redis === undefined ? undefined : createOrderProof(redis, clock);
  return {
    of: (tenant) => ({
      throttle: (endpoint, { signal, moves }) =>
        limiter.take(
          {
            kind: moves ?? 'read',
            ...budgetsOf(tenant, endpoint, config.limits),
            line: tenant.id,
            flow: currentFlow(),
            pauseKey: pauseKeyOf(tenant, endpoint),
          },
          { signal, maxWaitMs: config.limits.maxWaitMs },
        ),
      slowDown: (endpoint, forMs = USUAL_PAUSE_MS) =>
        pauses.tell({
          key: pauseKeyOf(tenant, endpoint),
          line: tenant.id,
          sharedKey: sharedKeyOf(tenant.environment, endpoint),
          forMs,
        }),
    }),
    checkOrder: async () => proof?.check(),
    async close() {
      limiter.close();
      pauses.close();
      await close();
    },
  };
}

const pauseKeyOf = ({ id }: Pick<Tenant, 'id'>, endpoint: EndpointClass): string => `tenant:${id}:${endpoint}`;

/** What all tenants of an environment draw on together, as the broker sees them: from one address. */
const sharedKeyOf = (environment: Environment, endpoint: EndpointClass): string =>
  endpoint === 'token' ? `grants:${environment}` : `gateway:${environment}`;

function budgetsOf(
  { id, environment }: Pick<Tenant, 'id' | 'environment'>,
  endpoint: EndpointClass,
  rates: Rates,
): { readonly shared: readonly Budget[]; readonly own: readonly Budget[] } {
  const gateway = { key: `gateway:${environment}`, perSecond: rates.gatewayPerSecond };
  if (endpoint === 'token') {
    return {
      shared: [gateway, { key: sharedKeyOf(environment, endpoint), perSecond: rates.grantsPerSecond }],
      own: [],
    };
  }
  // Nobody publishes ceilings for the simulator: paper has its tenant's budget and the gateway's.
  const ceiling = environment === 'paper' ? undefined : CEILINGS[endpoint];
  return {
    shared: [gateway],
    own: [
      { key: `tenant:${id}`, perSecond: rates.tenantPerSecond },
      ...(ceiling === undefined ? [] : [{ key: `tenant:${id}:${endpoint}`, perSecond: ceiling }]),
    ],
  };
}
