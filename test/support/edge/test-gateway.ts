import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Caller } from '../../../src/auth/caller.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { systemIds } from '../../../src/core/ids.ts';

import { silentLog } from '../../../src/core/log.ts';
import type { Log } from '../../../src/core/log.ts';
import { systemTurns } from '../../../src/core/turns.ts';
import { type Fleet, createFleet } from '../../../src/fleet/fleet.ts';
import type { Pack } from '../../../src/tools/pack.ts';
import { createRegistry } from '../../../src/tools/registry.ts';
import { createRunTool } from '../../../src/tools/run-tool.ts';
import type { AdminDesk } from '../../../src/transports/http/admin/admin.ts';
import { buildApp } from '../../../src/transports/http/app.ts';
import type { AppConfig } from '../../../src/transports/http/app.ts';
import { createLife } from '../../../src/transports/http/life.ts';
import { type CallBounds, type GateObserver, createCallGate } from '../../../src/transports/http/shedding/call-gate.ts';
import type { StreamObserver } from '../../../src/transports/http/streams/stream-bytes.ts';
import { createMessageBus } from '../../../src/transports/mcp/message-bus.ts';
import type { Offer } from '../../../src/transports/mcp/offer.ts';
import { createOnceOnly } from '../../../src/transports/mcp/once-only.ts';
import { createStateSeal } from '../../../src/transports/mcp/request-state.ts';
import { createHandleSeal } from '../../../src/transports/mcp/session-handle.ts';
import { createSessionStore } from '../../../src/transports/mcp/session-store.ts';
import { callerOf, stubOpenContext, verifierOf } from './stub-tenant.ts';

export type TestGatewayOptions = {
  readonly packs: readonly Pack[];
  /** Token → caller. `reader`, `trader` and `other` unless told. */
  readonly callers?: Readonly<Record<string, Caller>>;
  readonly config?: Partial<AppConfig>;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly isReady?: () => boolean;
  readonly metricsToken?: string;
  readonly admin?: AdminDesk;
  /** Wide, unless a test is about them. */
  readonly bounds?: Partial<CallBounds>;
  readonly onShed?: GateObserver['shed'];
  readonly streams?: StreamObserver;
  /** What several apps of one test share; a fleet of its own unless told. */
  readonly fleet?: Fleet;
};

const WIDE: CallBounds = {
  perTenant: 1000,
  perTenantPerSecond: 10_000,
  inAll: 2000,
  rescueReserve: 100,
  maxWaitMs: 30_000,
};

export type TestGateway = { readonly app: FastifyInstance; readonly url: string; close(): Promise<void> };

export const CALLERS: Readonly<Record<string, Caller>> = {
  reader: callerOf('ada', 'read'),
  trader: callerOf('ada', 'read', 'trade'),
  other: callerOf('bob', 'read', 'trade'),
  nobody: callerOf('nobody', 'read'),
};

const KEY = createHash('sha256').update('the key of all apps of one test run').digest();

export function testOffer(
  packs: readonly Pack[],
  { clock = systemClock, fleet = createFleet({ clock, ids: systemIds }) }: { clock?: Clock; fleet?: Fleet } = {},
): Offer {
  return {
    identity: { name: 'tasty-gateway', title: 'tasty-gateway', version: '0.0.0-test' },
    instructions: 'Tools of a test.',
    registry: createRegistry(packs),
    runTool: createRunTool({ clock, admit: async () => {}, audit: async () => {}, metrics: () => {} }),
    seal: createStateSeal({
      key: KEY,
      onceOnly: createOnceOnly({ records: fleet.records, clock, ids: systemIds }),
      ids: systemIds,
    }),
  };
}

/** The real app, with the real registry and pipeline, for callers that are believed by name. */
export async function buildTestApp(options: TestGatewayOptions): Promise<FastifyInstance> {
  const { packs, callers = CALLERS, clock = systemClock, log = silentLog, isReady = () => true } = options;
  const fleet = options.fleet ?? createFleet({ clock, ids: systemIds });
  const bus = createMessageBus({ fleet, clock });
  const app = await buildApp({
    config: {
      publicUrl: 'http://127.0.0.1:8000',
      allowedHosts: ['127.0.0.1', 'localhost'],
      allowedOrigins: ['https://app.example'],
      authorizationServers: ['https://issuer.test'],
      trustProxy: false,
      stallMs: 60_000,
      ...options.config,
    },
    connectAuth: async () => verifierOf(callers),
    openContext: stubOpenContext({ clock, ids: systemIds }),
    offer: testOffer(packs, { clock, fleet }),
    sessions: createSessionStore({
      shelves: fleet.shelves,
      seal: createHandleSeal(KEY, systemIds),
      clock,
      ids: systemIds,
    }),
    bus,
    health: {
      readiness: async () => ({ ready: isReady(), checks: { storage: isReady() ? 'ok' : 'failed' } }),
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'up 1\n' }),
      ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    },
    ...(options.admin === undefined ? {} : { admin: options.admin }),
    life: createLife(),
    gate: createCallGate({
      bounds: { ...WIDE, ...options.bounds },
      clock,
      turns: systemTurns,
      isLate: () => false,
      observer: { underWay() {}, started() {}, shed: options.onShed ?? (() => {}) },
    }),
    streams: options.streams ?? { unread() {}, stalled() {} },
    onRequestDone: () => {},
    clock,
    ids: systemIds,
    log,
  });
  app.addHook('onClose', async () => {
    bus.close();
    if (options.fleet === undefined) fleet.close();
  });
  return app;
}

export async function startTestGateway(options: TestGatewayOptions): Promise<TestGateway> {
  const app = await buildTestApp(options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, url: `http://127.0.0.1:${port}`, close: async () => app.close() };
}
