import { once } from 'node:events';
import { createServer } from 'node:net';
import type { DevIssuer } from '../auth/dev-issuer.ts';
import { composeApp } from './app.ts';
import { composeCalls } from './calls.ts';
import { type HandOver, createHandOver } from './hand-over.ts';
import { openIdentity } from './identity.ts';
import { openGate } from './load.ts';
import { observeOrders } from './observe-ledger.ts';
import { openOrderDesk } from './order-desk.ts';
import { type EmbeddedPaper, openEmbeddedPaper } from './paper.ts';
import { openShared } from './shared.ts';
import { type Closable, closeApp, shutDown } from './shut-down.ts';
import { type Basics, type Tenancy, openTenancy } from './tenancy.ts';
import { GatewayError } from '../core/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Tenant, TenantId } from '../tenancy/tenant.ts';
import { createLife } from '../transports/http/life.ts';

/** A gateway that serves, until it is closed. */
export type Gateway = {
  /** Under which it listens, without a path. */
  readonly url: string;
  readonly tenancy: Tenancy;
  readonly paper?: EmbeddedPaper;
  readonly devIssuer?: DevIssuer;
  /** What is given to the other replicas when this one ends. */
  readonly handOver: HandOver;
  /** Ends it as a proxy in front of it and its callers like it best, within the configured grace. Idempotent. */
  close(): Promise<void>;
};

export type GatewayParts = Basics & { readonly metrics: Metrics };

async function freePort(host: string): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const LISTEN_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

function listenFault(cause: unknown, where: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const why = LISTEN_FAULTS[code];
  if (why === undefined) return cause;
  return new GatewayError('config_invalid', `The gateway cannot listen: ${where} ${why}.`, {
    cause,
    advice: 'Set PORT or HOST to another one.',
  });
}

/** The embedded paper broker, unless another one is configured or tenants belong to somebody's identity provider. */
async function openPaper(
  { config, clock, ids, log }: GatewayParts,
  tenancy: Tenancy,
): Promise<EmbeddedPaper | undefined> {
  if (config.hosts.paper !== undefined || config.identity.kind !== 'development') return undefined;
  return openEmbeddedPaper({ owner: 'gateway', config, documents: tenancy.storage.documents, clock, ids, log });
}

/** A gateway that starts while Redis is away starts all the same. */
const REDIS_START_MS = 2000;

async function start(parts: GatewayParts, keep: <Part extends Closable>(part: Part) => Part) {
  const { config } = parts;
  const [life, handOver] = [createLife(), createHandOver(parts)];
  const identity = await openIdentity(parts);
  const tenancy = keep(observeOrders(await openTenancy(parts), parts.metrics));
  const paper = await openPaper(parts, tenancy);
  if (paper !== undefined) keep(paper);
  const hosts = paper === undefined ? config.hosts : { ...config.hosts, paper: paper.hosts };
  const { storage, vault, registry } = tenancy;
  const loadGrant = (tenant: Tenant) => vault.openCredentials(tenant);
  const shared = keep(openShared(parts));
  await shared.redis?.ready(REDIS_START_MS);
  const { gate, timed } = keep(openGate(parts));
  const { deriveKey } = tenancy;
  const findTenant = (id: TenantId) => registry.findById(id);
  const audit = timed(storage.audit);
  const onLimited = (tenantId: string): void => gate.cameToNothing(tenantId);
  const calls = keep(composeCalls({ ...parts, hosts, audit, shared, deriveKey, loadGrant, findTenant, onLimited }));
  keep(openOrderDesk({ ...parts, servesOperators: true, tenancy, calls, findTenant }));
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const where = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
  const url = `http://${where}`;
  handOver.add({ name: 'broker sockets', run: () => calls.handOver() });
  const ending = { life, handOver, gate, calls };
  const publicUrl = config.publicUrl ?? url;
  const app = await composeApp({ ...parts, ...ending, tenancy, shared, identity, publicUrl });
  keep({ close: () => closeApp(app, parts) });
  await app
    .listen({ host: config.host, port })
    .catch((cause: unknown) => Promise.reject(listenFault(cause, where) as Error));
  const { devIssuer } = identity;
  const faces = { ...(paper === undefined ? {} : { paper }), ...(devIssuer === undefined ? {} : { devIssuer }) };
  return { gateway: { url, tenancy, handOver, ...faces }, ending };
}

/** Opens everything in order and listens. It is closed in reverse order, also when a later step fails. */
export async function startGateway(parts: GatewayParts): Promise<Gateway> {
  const opened: Closable[] = [];
  const closeAll = async (): Promise<void> => {
    for (const part of opened.splice(0).toReversed()) await part.close();
  };
  try {
    const { gateway, ending } = await start(parts, (part) => {
      opened.push(part);
      return part;
    });
    let closed: Promise<void> | undefined;
    return { ...gateway, close: () => (closed ??= shutDown({ ...parts, ending, closeAll })) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
