import cors from '@fastify/cors';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { OpenContext } from '../../tenancy/open-context.ts';
import type { MessageBus } from '../mcp/message-bus.ts';
import type { Offer } from '../mcp/offer.ts';
import type { SessionStore } from '../mcp/session-store.ts';
import { registerAccessLog } from './access-log.ts';
import type { RequestFacts } from './access-log.ts';
import { type AdminDesk, registerAdmin } from './admin/admin.ts';
import type { VerifyCaller } from './auth.ts';
import { registerBody } from './body.ts';
import { registerClosing } from './closing.ts';
import { registerErrors } from './errors.ts';
import { registerGuard } from './guard.ts';
import { registerHealth } from './health.ts';
import type { HealthParts } from './health.ts';
import type { Life } from './life.ts';
import { registerMcp } from './mcp.ts';
import { createAdmission, registerGlance } from './shedding/admission.ts';
import type { CallGate } from './shedding/call-gate.ts';
import { rememberTenants } from './shedding/known-tenants.ts';
import { registerStalledSockets } from './streams/stalled-sockets.ts';
import { type StreamObserver, createStreamBytes } from './streams/stream-bytes.ts';
import { createStreamSlots } from './stream-slots.ts';
import { createWatchSlots } from '../mcp/watch-slots.ts';
import { registerWellKnown } from './well-known.ts';

const BODY_LIMIT = 1_048_576;
const REQUEST_TIMEOUT_MS = 30_000;
const REQUEST_ID = /^[\w.:-]{1,64}$/u;
const PREFLIGHT_SECONDS = 600;
/** Each part that serves an answer waits for its end; a stream has more of them than Node takes for sound. */
const MAX_LISTENERS = 32;

export type AppConfig = {
  /** Under which clients reach the gateway, without a trailing slash: `https://gateway.example`. */
  readonly publicUrl: string;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly authorizationServers: readonly string[];
  /** Whether X-Forwarded-* is to be believed. */
  readonly trustProxy: boolean;
  /** After so long a client that takes nothing of an answer loses its connection, in milliseconds. */
  readonly stallMs: number;
};

export type AppParts = {
  readonly config: AppConfig;
  /** Gives the app its way of telling who sends an Authorization header. */
  readonly connectAuth: (app: FastifyInstance) => Promise<VerifyCaller>;
  readonly openContext: OpenContext;
  readonly offer: Offer;
  readonly sessions: SessionStore;
  readonly bus: MessageBus;
  readonly health: HealthParts;
  readonly life: Life;
  /** Decides which calls are begun. */
  readonly gate: CallGate;
  readonly streams: StreamObserver;
  /** What operators may do over HTTP; absent: no route of theirs is there. */
  readonly admin?: AdminDesk;
  readonly onRequestDone: (facts: RequestFacts) => void;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

/** The gateway's HTTP face, not listening yet. What it is given it does not close. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { config, clock, ids, log } = parts;
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: config.trustProxy,
    // Whoever comes too late is refused in the gateway's own words.
    return503OnClosing: false,
    genReqId: ({ headers }) => acceptableId(headers['x-request-id']) ?? ids.uuid(),
  });
  app.server.on('connection', () => parts.gate.arrived());
  app.addHook('onRequest', (_, reply, done) => {
    reply.raw.setMaxListeners(MAX_LISTENERS);
    done();
  });
  const accessLog = registerAccessLog(app, { log, clock, onRequestDone: parts.onRequestDone });
  registerClosing(app, parts.life);
  registerStalledSockets(app, config.stallMs, parts.streams);
  registerErrors(app, { publicUrl: config.publicUrl, ...accessLog });
  registerGuard(app, config);
  const tenants = rememberTenants(parts.openContext);
  const admission = createAdmission({
    gate: parts.gate,
    registry: parts.offer.registry,
    tenants,
    logOf: accessLog.logOf,
  });
  registerGlance(app, admission);
  await app.register(cors, {
    origin: [...config.allowedOrigins],
    methods: ['GET', 'POST', 'DELETE'],
    // Allowed headers are those that were asked for: Mcp-Param-* has no end of names, and the origin is known by now.
    exposedHeaders: ['Mcp-Session-Id', 'WWW-Authenticate', 'X-Request-Id', 'Retry-After'],
    maxAge: PREFLIGHT_SECONDS,
  });
  registerBody(app);
  registerHealth(app, parts.health);
  registerWellKnown(app, config);
  const edge = {
    ...parts,
    openContext: tenants.openContext,
    admission,
    bytes: createStreamBytes(parts.streams),
    verifyCaller: await parts.connectAuth(app),
    publicUrl: config.publicUrl,
    slots: createStreamSlots(),
    watchSlots: createWatchSlots(),
    logOf: accessLog.logOf,
  };
  registerMcp(app, { edge, accessLog, log });
  if (parts.admin !== undefined) {
    registerAdmin(app, { desk: parts.admin, verifyCaller: edge.verifyCaller, accessLog });
  }
  return app;
}

function acceptableId(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : undefined;
}
