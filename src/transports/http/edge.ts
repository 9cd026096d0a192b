import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import { joinSignals } from '../../core/join-signals.ts';
import type { Log } from '../../core/log.ts';
import type { OpenContext } from '../../tenancy/open-context.ts';
import type { MessageBus } from '../mcp/message-bus.ts';
import type { Offer } from '../mcp/offer.ts';
import type { SessionOwner } from '../mcp/session-handle.ts';
import type { Session, SessionStore } from '../mcp/session-store.ts';
import type { Visit } from '../mcp/visit.ts';
import { type ResourceWatch, watchResources } from '../mcp/watch-resources.ts';
import type { WatchSlots } from '../mcp/watch-slots.ts';
import type { VerifyCaller } from './auth.ts';
import type { Admission } from './shedding/admission.ts';
import type { StreamBytes } from './streams/stream-bytes.ts';
import { noteLevel, watchedList } from './session-notes.ts';
import type { StreamSlots } from './stream-slots.ts';

/** What every MCP route works with. */
export type Edge = {
  /** Without a trailing slash: `https://gateway.example`. */
  readonly publicUrl: string;
  readonly verifyCaller: VerifyCaller;
  readonly openContext: OpenContext;
  readonly offer: Offer;
  readonly sessions: SessionStore;
  readonly bus: MessageBus;
  readonly slots: StreamSlots;
  readonly bytes: StreamBytes;
  readonly admission: Admission;
  readonly watchSlots: WatchSlots;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Bound to the request: its id, and what is known of the caller. */
  readonly logOf: (request: FastifyRequest) => Log;
};

/** A request that has been let in, before it is known what it asks. */
export type Entry = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly caller: Caller;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
};

/** The visit of one request. Its context is opened once, on first use; nothing of the token goes with it. */
export function openVisit(edge: Edge, entry: Entry, session?: Session): Visit {
  const { caller, signal: hangUp } = entry;
  let opened: ReturnType<OpenContext> | undefined;
  return {
    caller,
    async context(signal) {
      opened ??= contextOf(edge, entry, hangUp);
      const context = await opened;
      // Both end with the request.
      return { ...context, signal: joinSignals(context.signal, signal).signal };
    },
    noticeLevel: () => session?.notes?.noticeLevel,
    async setNoticeLevel(level) {
      if (session !== undefined) await noteLevel(edge, session, level);
    },
    ...(session === undefined ? {} : { watched: watchedList(edge, session) }),
  };
}

function contextOf({ openContext, logOf }: Edge, { caller, request }: Entry, signal: AbortSignal) {
  return openContext(caller, { signal, log: logOf(request), requestId: request.id });
}

export type Watching = { readonly onUpdate: (uri: string) => void; readonly onRefused: () => void };

/** What a stream watches on behalf of the caller who opened it. It outlives the request, and is to be closed with the stream. */
export function openWatch(edge: Edge, entry: Entry, { onUpdate, onRefused }: Watching): ResourceWatch {
  const { offer, watchSlots: slots, clock, logOf } = edge;
  const { caller, request } = entry;
  const openContext = (signal: AbortSignal) => contextOf(edge, entry, signal);
  const log = logOf(request);
  return watchResources({ registry: offer.registry, caller, openContext, slots, clock, log, onUpdate, onRefused });
}

/** The caller's own session. One that has ended and one of somebody else look the same: `not_found`. */
export async function findSession(
  edge: Edge,
  { issuer, subject }: Caller,
  { id, leg }: { readonly id: string; readonly leg: SessionOwner['leg'] },
): Promise<Session> {
  const session = await edge.sessions.find(id, { issuer, subject, leg });
  if (session !== undefined) return session;
  throw new GatewayError('not_found', 'There is no such session.', {
    advice: 'The session has ended: open a new one with initialize.',
  });
}

const DAY_MS = 86_400_000;

/** How long a stream may last: as long as the token that opened it, and a day at most. */
export const streamLifeMs = (clock: Clock, { expiresAt }: Caller): number =>
  Math.min(DAY_MS, Math.max(0, expiresAt - clock.now()));
