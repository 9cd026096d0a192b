import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { introductionOf } from '../mcp/introduction.ts';
import { callsOf, streamOf } from '../mcp/message-bus.ts';
import { serveSessionCall } from '../mcp/serve-session-call.ts';
import type { SessionRecord } from '../mcp/session-store.ts';
import { checkAccept } from './accept.ts';
import { findSession, openVisit } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { EVENT_STREAM_HEADERS } from './event-stream.ts';
import { checkScope } from './scope-check.ts';
import { openSessionStream } from './session-stream.ts';
import type { OpenStreams } from './session-stream.ts';

const LEG = 'sse';

/** GET /sse, for clients of 2024-11-05: the session is the stream, and ends with it. */
export async function serveSse(edge: Edge, entry: Entry, streams: OpenStreams): Promise<FastifyReply> {
  checkAccept(entry.request, ['text/event-stream']);
  const { issuer, subject } = entry.caller;
  const id = edge.ids.secret();
  const stream = await openSessionStream(edge, entry, {
    sessionId: id,
    streams,
    async onEnd() {
      await edge.sessions.remove(id);
      await edge.bus.publish(callsOf(id), { kind: 'over' });
    },
  });
  await edge.sessions.create({ id, issuer, subject, leg: LEG }).catch((error: unknown) => {
    stream.end();
    throw error;
  });
  stream.send({ name: 'endpoint', data: `${pathPrefix(edge)}/messages?sessionId=${id}` });
  return entry.reply.send(new Response(stream.body, { headers: EVENT_STREAM_HEADERS }));
}

const pathPrefix = ({ publicUrl }: Edge): string => new URL(publicUrl).pathname.replace(/\/$/u, '');

/** Calls that were accepted and are still being answered. */
export type Background = Set<Promise<void>>;

/** POST /messages: accepted here, answered on the session's stream. */
export async function acceptMessage(
  edge: Edge,
  entry: Entry,
  { message, background }: { message: JSONRPCMessage; background: Background },
): Promise<FastifyReply> {
  const session = await findSession(edge, entry.caller, { id: sessionIdOf(entry), leg: LEG });
  checkScope(edge.offer.registry, entry.caller, message);
  if (isInitializeRequest(message)) {
    await edge.sessions.change(session.id, { introduction: introductionOf(message) });
  }
  if (isJSONRPCRequest(message)) await answerOnStream(edge, entry, { request: message, session, background });
  else await edge.bus.publish(callsOf(session.id), { kind: 'message', message });
  return entry.reply.code(202).send();
}

type StreamRequest = {
  readonly request: JSONRPCRequest;
  readonly session: SessionRecord;
  readonly background: Background;
};

async function answerOnStream(
  edge: Edge,
  entry: Entry,
  { request, session, background }: StreamRequest,
): Promise<void> {
  // The POST ends before the call does: it is the end of the stream that says the client has gone.
  const { signal } = new AbortController();
  const visit = openVisit(edge, { ...entry, signal }, session);
  await visit.context(signal);
  const log = edge.logOf(entry.request);
  const failed = (error: unknown): void => log.error({ error }, 'A call on the SSE leg could not be answered');
  const emit = (message: JSONRPCMessage): void =>
    void edge.bus.publish(streamOf(session.id), { kind: 'message', message }).catch(failed);
  const call: Promise<void> = serveSessionCall(edge, { visit, request, session, signal, emit })
    .catch(failed)
    .finally(() => background.delete(call));
  background.add(call);
  edge.admission.holdFor(entry.request, call);
}

function sessionIdOf({ request }: Entry): string {
  const query = request.query;
  const id = typeof query === 'object' && query !== null && 'sessionId' in query ? query.sessionId : undefined;
  if (typeof id === 'string') return id;
  throw new GatewayError('invalid_input', 'The sessionId is missing from the query of /messages.');
}
