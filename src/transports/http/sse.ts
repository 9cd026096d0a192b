import { isInitializeRequest, isJSONRPCRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import type { FastifyReply } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { introductionOf } from '../mcp/introduction.ts';
import { callsOf, streamOf } from '../mcp/message-bus.ts';
import { serveSessionCall } from '../mcp/serve-session-call.ts';
import type { SessionRecord } from '../mcp/session-store.ts';
import { subjectOf } from '../mcp/visit.ts';
import { checkAccept } from './accept.ts';
import { findSession, openVisit } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { EVENT_STREAM_HEADERS, createEventStream } from './event-stream.ts';
import type { EventStream } from './event-stream.ts';
import { checkScope } from './scope-check.ts';

const LEG = 'sse';

/** GET /sse, for clients of 2024-11-05: the session is the stream, and ends with it. */
export async function serveSse(edge: Edge, entry: Entry, streams: Set<EventStream>): Promise<FastifyReply> {
  checkAccept(entry.request, ['text/event-stream']);
  const { issuer, subject } = entry.caller;
  const id = edge.ids.secret();
  const release = edge.slots.take(subjectOf(entry.caller));
  await edge.sessions.create({ id, issuer, subject, leg: LEG });

  const stream = createEventStream({
    clock: edge.clock,
    onBeat: () => void edge.sessions.find(id),
    onEnd: () => {
      release();
      streams.delete(stream);
      unsubscribe?.();
      void edge.sessions.remove(id);
      void edge.bus.publish(callsOf(id), { kind: 'over' });
    },
  });
  streams.add(stream);
  const unsubscribe = await edge.bus.subscribe(streamOf(id), (heard) =>
    heard.kind === 'over' ? stream.end() : stream.send({ name: 'message', data: JSON.stringify(heard.message) }),
  );
  stream.send({
    name: 'endpoint',
    data: `${new URL(edge.publicUrl).pathname.replace(/\/$/u, '')}/messages?sessionId=${id}`,
  });
  return entry.reply.send(new Response(stream.body, { headers: EVENT_STREAM_HEADERS }));
}

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
  const emit = (message: JSONRPCMessage): void =>
    void edge.bus.publish(streamOf(session.id), { kind: 'message', message });
  const call: Promise<void> = serveSessionCall(edge, { visit, request, session, signal, emit })
    .catch((error: unknown) => log.error({ error }, 'A call on the SSE leg could not be served'))
    .finally(() => background.delete(call));
  background.add(call);
}

function sessionIdOf({ request }: Entry): string {
  const query = request.query;
  const id = typeof query === 'object' && query !== null && 'sessionId' in query ? query.sessionId : undefined;
  if (typeof id === 'string') return id;
  throw new GatewayError('invalid_input', 'The sessionId is missing from the query of /messages.');
}
