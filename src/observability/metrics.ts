import { accountEventMetrics, streamerMetrics } from './account-metrics.ts';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const ms = (value: number): number => value / 1000;

type HttpRequest = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
};
type ToolCall = {
  readonly tool: string;
  readonly method: string;
  readonly outcome: string;
  readonly durationMs: number;
};
type BrokerRequest = {
  readonly endpoint: string;
  readonly method: string;
  readonly outcome: string;
  readonly durationMs: number;
};

/** Everything the gateway counts. No label holds a tenant, an account, a symbol or anything else without bound. */
export type Metrics = ReturnType<typeof createMetrics>;

function histogram<Label extends string>(registry: Registry, name: string, help: string, labelNames: Label[]) {
  return new Histogram({ name, help, labelNames, buckets: SECONDS, registers: [registry] });
}

function edgeMetrics(registry: Registry) {
  const http = histogram(registry, 'http_server_request_duration_seconds', 'HTTP requests, to the end of the answer', [
    'http_request_method',
    'http_route',
    'http_response_status_code',
  ]);
  const operations = histogram(registry, 'mcp_server_operation_duration_seconds', 'MCP calls of tools and resources', [
    'mcp_method_name',
    'gen_ai_tool_name',
    'error_type',
  ]);
  return {
    httpRequest({ method, route, status, durationMs }: HttpRequest): void {
      http.observe(
        { http_request_method: method, http_route: route, http_response_status_code: status },
        ms(durationMs),
      );
    },
    toolCall({ tool, method, outcome, durationMs }: ToolCall): void {
      const labels = {
        mcp_method_name: method,
        gen_ai_tool_name: tool,
        error_type: outcome === 'ok' ? '' : outcome,
      };
      operations.observe(labels, ms(durationMs));
    },
  };
}

function brokerMetrics(registry: Registry) {
  const requests = histogram(registry, 'gateway_broker_request_duration_seconds', 'Calls to the broker', [
    'endpoint',
    'method',
    'outcome',
  ]);
  const registers = [registry];
  const refreshes = new Counter({
    name: 'gateway_broker_token_refreshes_total',
    help: 'Access tokens asked of the broker',
    labelNames: ['outcome'],
    registers,
  });
  const shared = new Counter({
    name: 'gateway_broker_token_shared_total',
    help: 'Access tokens that another replica had asked for: found, or waited for',
    labelNames: ['how'],
    registers,
  });
  const stopped = new Gauge({
    name: 'gateway_broker_logins_stopped',
    help: '1 while no login is tried, because those of several tenants failed in a row',
    labelNames: ['environment'],
    registers,
  });
  const sockets = new Gauge({ name: 'gateway_feed_sockets', help: 'Open market data sockets', registers });
  const reconnects = new Counter({ name: 'gateway_feed_reconnects_total', help: 'Market data reconnects', registers });
  const events = new Counter({ name: 'gateway_feed_events_total', help: 'Market data events received', registers });
  const streamer = streamerMetrics(registers);
  return {
    ...streamer,
    request({ endpoint, method, outcome, durationMs }: BrokerRequest): void {
      requests.observe({ endpoint, method, outcome }, ms(durationMs));
    },
    tokenRefresh: (outcome: string): void => refreshes.inc({ outcome }),
    tokenShared: (how: string): void => shared.inc({ how }),
    loginsStopped: (environment: string, isStopped: boolean): void => stopped.set({ environment }, Number(isStopped)),
    feedSocket(change: 'opened' | 'closed' | 'reconnecting'): void {
      if (change === 'opened') sockets.inc();
      if (change === 'closed') sockets.dec();
      if (change === 'reconnecting') reconnects.inc();
    },
    feedEvents: (count: number): void => events.inc(count),
  };
}

function limiterMetrics(registry: Registry) {
  const waits = histogram(registry, 'gateway_limiter_wait_seconds', 'Waiting for a turn at the broker', []);
  const registers = [registry];
  const counted = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `gateway_limiter_${name}_total`, help, labelNames, registers });
  const refusals = counted('refusals', 'Calls that got no turn at the broker', ['reason']);
  const commands = counted('store_commands', 'Commands to the store of budgets', ['kind']);
  const pauses = counted('pauses', 'Times that the broker asked for fewer calls', ['scope']);
  const leases = new Histogram({
    name: 'gateway_limiter_lease_units',
    help: 'Units in a second of the leases that were granted',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers,
  });
  const fallback = new Gauge({
    name: 'gateway_limiter_fallback',
    help: '1 while the store of budgets is away and each replica has its share',
    registers,
  });
  const replicas = new Gauge({ name: 'gateway_limiter_replicas', help: 'Replicas that share the budgets', registers });
  return {
    taken: (waitedMs: number): void => waits.observe(ms(waitedMs)),
    refused: (reason: string): void => refusals.inc({ reason }),
    storeCommand: (kind: string): void => commands.inc({ kind }),
    leased: (units: number): void => leases.observe(units),
    onShare: (isDrawn: boolean): void => fallback.set(isDrawn ? 1 : 0),
    paused: (scope: string): void => pauses.inc({ scope }),
    replicas: (count: number): void => replicas.set(count),
  };
}

type CacheLoad = { readonly reason: string; readonly outcome: string; readonly durationMs: number };

function cacheMetrics(registry: Registry) {
  const registers = [registry];
  const lookups = new Counter({
    name: 'gateway_cache_lookups_total',
    help: 'Option chain lookups by where the value was',
    labelNames: ['outcome'],
    registers,
  });
  const loads = histogram(registry, 'gateway_cache_load_seconds', 'Option chains loaded from the broker', [
    'reason',
    'outcome',
  ]);
  const waits = histogram(registry, 'gateway_cache_wait_seconds', 'Waiting for a chain that another replica loads', []);
  const link = new Gauge({
    name: 'gateway_cache_link_up',
    help: 'Whether changes that other replicas make to shared chains are heard',
    registers,
  });
  const inMemory = lookups.labels({ outcome: 'memory' });
  return {
    lookup: (outcome: string): void => (outcome === 'memory' ? inMemory.inc() : lookups.inc({ outcome })),
    loaded: ({ reason, outcome, durationMs }: CacheLoad): void => loads.observe({ reason, outcome }, ms(durationMs)),
    waited: (durationMs: number): void => waits.observe(ms(durationMs)),
    linked: (isUp: boolean): void => link.set(isUp ? 1 : 0),
  };
}

function relayMetrics(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const duties = gauge('gateway_relay_duties', 'Tenants whose one set of broker sockets this replica holds');
  const alone = gauge('gateway_relay_alone', 'Tenants with sockets of their own here while replicas cannot agree');
  const followers = gauge('gateway_relay_followers', 'Other replicas that read through this one, over all tenants');
  const takeovers = counter(
    'gateway_relay_takeovers_total',
    'Times that this replica has taken the sockets of a tenant',
  );
  const handOvers = counter('gateway_relay_hand_overs_total', 'Planned hand-overs of the sockets of a tenant');
  const refused = counter(
    'gateway_relay_epochs_refused_total',
    'Messages refused because their sender is no longer the owner',
  );
  const bulletins = counter('gateway_relay_bulletins_total', 'Messages with market data to other replicas');
  const values = counter('gateway_relay_values_total', 'Market data values told to other replicas');
  const conflated = counter('gateway_relay_conflated_total', 'Values replaced by a newer one before they were told');
  const gaps = counter('gateway_relay_gaps_total', 'Times that market data from another replica was interrupted');
  return {
    held(change: number): void {
      duties.inc(change);
      if (change > 0) takeovers.inc();
    },
    alone: (change: number): void => alone.inc(change),
    handedOver: (): void => handOvers.inc(),
    followers: (change: number): void => followers.inc(change),
    epochRefused: (): void => refused.inc(),
    bulletin(told: number): void {
      bulletins.inc();
      values.inc(told);
    },
    conflated: (): void => conflated.inc(),
    gap: (): void => gaps.inc(),
  };
}

/** A change of an order intent's state. All three words are from small sets. */
export type OrderChange = {
  readonly action: string;
  readonly to: string;
  readonly settlement: string;
  /** A person has to look. */
  readonly isFlagged: boolean;
};

function orderMetrics(registry: Registry) {
  const registers = [registry];
  const changes = new Counter({
    name: 'gateway_order_changes_total',
    help: 'Order intents by the state that they came to',
    labelNames: ['action', 'state', 'settlement'],
    registers,
  });
  const flags = new Counter({
    name: 'gateway_orders_flagged_total',
    help: 'Orders that could not be settled in time: a person has to look',
    registers,
  });
  return {
    changed({ action, to, settlement, isFlagged }: OrderChange): void {
      changes.inc({ action, state: to, settlement });
      if (isFlagged) flags.inc();
    },
  };
}

function loadMetrics(registry: Registry) {
  const registers = [registry];
  const underWay = new Gauge({
    name: 'gateway_calls_under_way',
    help: 'Calls that were begun and are not answered yet',
    labelNames: ['lane'],
    registers,
  });
  const shed = new Counter({
    name: 'gateway_calls_shed_total',
    help: 'Calls refused before any work was done for them',
    labelNames: ['lane', 'reason'],
    registers,
  });
  const starts = histogram(registry, 'gateway_call_start_wait_seconds', 'Waiting of calls for their start', ['lane']);
  const unread = new Gauge({
    name: 'gateway_stream_unread_bytes',
    help: 'Bytes of event streams that their clients have not taken',
    registers,
  });
  const stalled = new Counter({
    name: 'gateway_streams_stalled_total',
    help: 'Connections ended because their client did not read: by bytes left, or by time',
    labelNames: ['bound'],
    registers,
  });
  return {
    calls: {
      underWay: (lane: string, count: number): void => underWay.set({ lane }, count),
      started: (lane: string, waitedMs: number): void => starts.observe({ lane }, ms(waitedMs)),
      shed: (lane: string, reason: string): void => shed.inc({ lane, reason }),
    },
    streams: {
      unread: (bytes: number): void => unread.set(bytes),
      stalled: (bound: string): void => stalled.inc({ bound }),
    },
  };
}

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return {
    edge: edgeMetrics(registry),
    broker: brokerMetrics(registry),
    relay: relayMetrics(registry),
    accountEvents: accountEventMetrics(registry),
    orders: orderMetrics(registry),
    limiter: limiterMetrics(registry),
    cache: cacheMetrics(registry),
    load: loadMetrics(registry),
    contentType: registry.contentType,
    /** The Prometheus text exposition. */
    text: (): Promise<string> => registry.metrics(),
  };
}
