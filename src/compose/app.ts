import { createAdminDesk } from './admin-desk.ts';
import type { Calls } from './calls.ts';
import type { Identity } from './identity.ts';
import { composeOffer } from './offer.ts';
import { createReadiness } from './readiness.ts';
import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createOpenContext } from '../tenancy/create-open-context.ts';
import { createTenantLookup } from '../tenancy/tenant-lookup.ts';
import { type AppParts, buildApp } from '../transports/http/app.ts';
import { registerAuth } from '../transports/http/auth.ts';
import type { Life } from '../transports/http/life.ts';
import type { CallGate } from '../transports/http/shedding/call-gate.ts';
import { createMessageBus } from '../transports/mcp/message-bus.ts';
import { createHandleSeal } from '../transports/mcp/session-handle.ts';
import { createSessionStore } from '../transports/mcp/session-store.ts';

export type AppNeeds = Basics & {
  readonly metrics: Metrics;
  readonly tenancy: Tenancy;
  readonly shared: SharedParts;
  readonly calls: Calls;
  readonly identity: Identity;
  readonly life: Life;
  readonly gate: CallGate;
  /** Under which clients reach the gateway, without a path. */
  readonly publicUrl: string;
};

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

function appConfig({ config, publicUrl, identity }: AppNeeds): AppParts['config'] {
  const { host, hostname, origin } = new URL(publicUrl);
  return {
    publicUrl,
    allowedHosts: [...LOOPBACK, host, hostname, ...config.allowedHosts],
    allowedOrigins: [origin, ...config.allowedOrigins],
    authorizationServers: identity.authorizationServers,
    trustProxy: config.trustProxy,
    stallMs: config.stalledClientMs,
  };
}

/** The HTTP face over everything that was opened before it. */
export async function composeApp(needs: AppNeeds): Promise<Awaited<ReturnType<typeof buildApp>>> {
  const { config, clock, ids, log, metrics, tenancy, shared, calls, identity } = needs;
  const { pool } = calls;
  const { fleet } = shared;
  const seal = createHandleSeal(tenancy.deriveKey('sessions'), ids);
  const bus = createMessageBus({ fleet, clock });
  const lookup = createTenantLookup({ registry: tenancy.registry, pool, clock });
  const app = await buildApp({
    config: appConfig(needs),
    connectAuth: (instance) => registerAuth(instance, identity.auth),
    openContext: createOpenContext({
      lookup,
      pool,
      ledger: tenancy.storage.ledger,
      changesOf: calls.changesOf,
      clock,
      ids,
    }),
    offer: composeOffer(needs),
    admin: createAdminDesk({
      registry: tenancy.registry,
      storage: tenancy.storage,
      chains: calls.chains,
      clock,
      ids,
      log,
    }),
    sessions: createSessionStore({ shelves: fleet.shelves, seal, clock, ids }),
    bus,
    health: {
      readiness: createReadiness(needs),
      metrics: async () => ({ contentType: metrics.contentType, body: await metrics.text() }),
      ...(config.metricsToken === undefined ? {} : { metricsToken: config.metricsToken }),
    },
    life: needs.life,
    gate: needs.gate,
    streams: metrics.load.streams,
    onRequestDone: metrics.edge.httpRequest,
    clock,
    ids,
    log,
  });
  app.addHook('onClose', async () => bus.close());
  return app;
}
