import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { OpenContext } from '../../tenancy/open-context.ts';
import type { MessageBus } from '../mcp/message-bus.ts';
import type { Offer } from '../mcp/offer.ts';
import type { SessionRecord, SessionStore } from '../mcp/session-store.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { Visit } from '../mcp/visit.ts';
import type { VerifyCaller } from './auth.ts';
import type { Admission } from './shedding/admission.ts';
import type { StreamBytes } from './streams/stream-bytes.ts';
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
export function openVisit(edge: Edge, entry: Entry, session?: SessionRecord): Visit {
  const { caller, request, signal: hangUp } = entry;
  const open = () => edge.openContext(caller, { signal: hangUp, log: edge.logOf(request), requestId: request.id });
  let opened: ReturnType<OpenContext> | undefined;
  return {
    caller,
    async context(signal) {
      opened ??= open();
      const context = await opened;
      return { ...context, signal: AbortSignal.any([context.signal, signal]) };
    },
    noticeLevel: () => session?.noticeLevel,
    async setNoticeLevel(noticeLevel) {
      if (session !== undefined) await edge.sessions.change(session.id, { noticeLevel });
    },
  };
}

/** The caller's own session. One that has ended and one of somebody else look the same: `not_found`. */
export async function findSession(
  edge: Edge,
  caller: Caller,
  { id, leg }: { readonly id: string; readonly leg: SessionRecord['leg'] },
): Promise<SessionRecord> {
  const session = await edge.sessions.find(id);
  if (session?.leg === leg && subjectOf(session) === subjectOf(caller)) return session;
  throw new GatewayError('not_found', 'There is no such session.', {
    advice: 'The session has ended: open a new one with initialize.',
  });
}

const DAY_MS = 86_400_000;

/** How long a stream may last: as long as the token that opened it, and a day at most. */
export const streamLifeMs = (clock: Clock, { expiresAt }: Caller): number =>
  Math.min(DAY_MS, Math.max(0, expiresAt - clock.now()));
