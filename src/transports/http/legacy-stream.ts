import type { FastifyReply } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { MODERN } from '../mcp/revisions.ts';
import { checkAccept } from './accept.ts';
import { streamLifeMs } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { EVENT_STREAM_HEADERS } from './event-stream.ts';
import { checkVersion, sessionOf } from './legacy.ts';
import { openSessionStream } from './session-stream.ts';
import type { OpenStreams } from './session-stream.ts';

/** GET /mcp: what the gateway has to say of itself to a 2025-era session. The newest stream takes over from the last. */
export async function serveLegacyStream(edge: Edge, entry: Entry, streams: OpenStreams): Promise<FastifyReply> {
  refuseModern(entry);
  checkAccept(entry.request, ['text/event-stream']);
  checkVersion(entry.request);
  const session = await sessionOf(edge, entry);
  if (session === undefined) throw noSession(entry);
  const stream = await openSessionStream(edge, entry, {
    session,
    streams,
    takesOver: true,
    // The token was good for this long; the client comes back with its next one.
    lifeMs: streamLifeMs(edge.clock, entry.caller),
  });
  return entry.reply.send(new Response(stream.body, { headers: EVENT_STREAM_HEADERS }));
}

/** DELETE /mcp: the client is done with its session. */
export async function endLegacySession(edge: Edge, entry: Entry): Promise<FastifyReply> {
  refuseModern(entry);
  const session = await sessionOf(edge, entry);
  if (session === undefined) throw new GatewayError('invalid_input', 'The Mcp-Session-Id header is missing.');
  await edge.sessions.remove(session);
  // Where nobody can be told, the streams look for themselves within seconds; calls end with their answers.
  const { bus } = edge;
  await Promise.allSettled([
    bus.tellCalls(session.key, { kind: 'over' }),
    bus.tellStream(session.key, { kind: 'over' }),
  ]);
  return entry.reply.code(200).send();
}

function refuseModern({ request, reply }: Entry): void {
  if (request.headers['mcp-protocol-version'] !== MODERN) return;
  reply.header('allow', 'POST');
  throw new GatewayError('method_not_allowed', `The revision ${MODERN} has only POST.`);
}

/** Clients take 405 for "no stream here" and go on without. */
function noSession({ reply }: Entry): GatewayError {
  reply.header('allow', 'POST');
  return new GatewayError('method_not_allowed', 'There is a stream only for a session, and the request names none.');
}
