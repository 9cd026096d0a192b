import { isInitializeRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { introductionOf } from '../mcp/introduction.ts';
import { isForCalls, isRequest } from '../mcp/json-rpc.ts';
import { serveSessionCall } from '../mcp/serve-session-call.ts';
import type { Session } from '../mcp/session-store.ts';
import { checkAccept } from './accept.ts';
import { findSession, openVisit } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { EVENT_STREAM_HEADERS } from './event-stream.ts';
import { checkScope } from './scope-check.ts';
import { noteIntroduction } from './session-notes.ts';
import { openSessionStream } from './session-stream.ts';
import type { OpenStreams } from './session-stream.ts';
import { streamDelivery } from './stream-delivery.ts';

const LEG = 'sse';
const RETRY_AFTER_MS = 1000;

/** GET /sse, for clients of 2024-11-05: the session is the stream, and ends with it. */
export async function serveSse(edge: Edge, entry: Entry, streams: OpenStreams): Promise<FastifyReply> {
  checkAccept(entry.request, ['text/event-stream']);
  const { issuer, subject } = entry.caller;
  const session = edge.sessions.create({ issuer, subject, leg: LEG });
  const stream = await openSessionStream(edge, entry, {
    session,
    streams,
    takesOver: false,
    async onEnd() {
      await edge.sessions.remove(session);
      await edge.bus.tellCalls(session.key, { kind: 'over' });
    },
  });
  stream.send({ name: 'endpoint', data: `${pathPrefix(edge)}/messages?sessionId=${session.id}` });
  return entry.reply.send(new Response(stream.body, { headers: EVENT_STREAM_HEADERS }));
}

const pathPrefix = ({ publicUrl }: Edge): string => new URL(publicUrl).pathname.replace(/\/$/u, '');

/** Calls that were accepted and are still being answered. */
export type Background = Set<Promise<void>>;

/** POST /messages: accepted here, answered on the session's stream, on whichever replica that is. */
export async function acceptMessage(
  edge: Edge,
  entry: Entry,
  { message, background }: { message: JSONRPCMessage; background: Background },
): Promise<FastifyReply> {
  const session = await findSession(edge, entry.caller, { id: sessionIdOf(entry), leg: LEG });
  checkScope(edge.offer.registry, entry.caller, message);
  if (isRequest(message)) await answerOnStream(edge, entry, { request: message, session, background });
  else if (isForCalls(message)) await edge.bus.tellCalls(session.key, { kind: 'message', message });
  return entry.reply.code(202).send();
}

type StreamRequest = {
  readonly request: JSONRPCRequest;
  readonly session: Session;
  readonly background: Background;
};

async function answerOnStream(
  edge: Edge,
  entry: Entry,
  { request, session, background }: StreamRequest,
): Promise<void> {
  // Nothing is done whose answer nobody would hear.
  if (!(await edge.bus.tellStream(session.key, { kind: 'knock' }))) throw streamAway();
  if (isInitializeRequest(request)) await noteIntroduction(edge, session, introductionOf(request));
  // The POST ends before the call does: it is the end of the stream that says the client has gone.
  const { signal } = new AbortController();
  const visit = openVisit(edge, { ...entry, signal }, session);
  await visit.context(signal);
  const log = edge.logOf(entry.request);
  const failed = (error: unknown): void => log.error({ error }, 'A call on the SSE leg could not be answered');
  const delivery = streamDelivery(edge, session, failed);
  const call: Promise<void> = serveSessionCall(edge, { visit, request, session, signal, emit: delivery.emit })
    .catch(failed)
    .then(() => delivery.done())
    .finally(() => background.delete(call));
  background.add(call);
  edge.admission.holdFor(entry.request, call);
}

/** It may be on its way to another connection: only the client knows whether it still has it. */
function streamAway(): GatewayError {
  return new GatewayError('coordination_unavailable', 'The stream of this session cannot be reached at the moment.', {
    advice: 'Send the message again in a moment; if the stream has ended, open a new one.',
    retryAfterMs: RETRY_AFTER_MS,
  });
}

function sessionIdOf({ request }: Entry): string {
  const query = request.query;
  const id = typeof query === 'object' && query !== null && 'sessionId' in query ? query.sessionId : undefined;
  if (typeof id === 'string') return id;
  throw new GatewayError('invalid_input', 'The sessionId is missing from the query of /messages.');
}
