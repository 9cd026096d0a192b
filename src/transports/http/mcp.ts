import { classifyInboundRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import type { Log } from '../../core/log.ts';
import { readMessage } from '../mcp/json-rpc.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { AccessLog } from './access-log.ts';
import type { Edge, Entry } from './edge.ts';
import { hangUpSignal } from './hang-up.ts';
import { endLegacySession, serveLegacyStream } from './legacy-stream.ts';
import { serveLegacyPost } from './legacy.ts';
import { createModern } from './modern.ts';
import { createRequestBound, isCountedElsewhere } from './request-bound.ts';
import { acceptMessage, serveSse } from './sse.ts';
import type { Background } from './sse.ts';
import type { OpenStreams } from './session-stream.ts';

/** How long accepted calls of the SSE leg may take to finish when the gateway closes. */
const DRAIN_MS = 5000;

export type McpParts = { readonly edge: Edge; readonly accessLog: AccessLog; readonly log: Log };

/** The MCP endpoints of every revision. Each request is let in by its token before its body is read. */
export function registerMcp(app: FastifyInstance, { edge, accessLog, log }: McpParts): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  const streams: OpenStreams = new Set();
  const background: Background = new Set();
  const modern = createModern(edge, log);
  const bound = createRequestBound(edge.clock);

  const letIn = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const caller = await edge.verifyCaller(request.headers.authorization);
    accessLog.noteCaller(request, caller);
    callers.set(request, caller);
    await edge.admission.admit({ request, reply, caller });
  };
  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.get(request);
    if (caller === undefined) throw new Error('A request came to a route without having been let in');
    return caller;
  };
  const entryOf = (request: FastifyRequest, reply: FastifyReply): Entry => ({
    request,
    reply,
    caller: callerOf(request),
    signal: hangUpSignal(reply),
  });
  const count = (request: FastifyRequest): void => bound.take(subjectOf(callerOf(request)));
  const counted = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    await letIn(request, reply);
    count(request);
  };
  const read = async (entry: Entry): Promise<JSONRPCMessage> => {
    const message = readMessage(entry.request.body);
    accessLog.noteMessage(entry.request, message);
    await edge.admission.confirm(entry, message);
    if (!isCountedElsewhere(message)) count(entry.request);
    return message;
  };
  const opening = async (entry: Entry, open: (entry: Entry) => Promise<FastifyReply>): Promise<FastifyReply> =>
    open(entry).finally(() => edge.admission.release(entry.request));
  // No HEAD: it would open a stream that nobody reads.
  const guarded = { onRequest: letIn, exposeHeadRoute: false };
  const bare = { onRequest: counted, exposeHeadRoute: false };

  app.post('/mcp', guarded, async (request, reply) => {
    const entry = entryOf(request, reply);
    const message = await read(entry);
    return isLegacy(request, message) ? serveLegacyPost(edge, entry, message) : modern.serve(entry, message);
  });
  app.get('/mcp', bare, async (request, reply) =>
    opening(entryOf(request, reply), (entry) => serveLegacyStream(edge, entry, streams)),
  );
  app.delete('/mcp', bare, async (request, reply) => endLegacySession(edge, entryOf(request, reply)));
  app.get('/sse', bare, async (request, reply) =>
    opening(entryOf(request, reply), (entry) => serveSse(edge, entry, streams)),
  );
  app.post('/messages', guarded, async (request, reply) => {
    const entry = entryOf(request, reply);
    return acceptMessage(edge, entry, { message: await read(entry), background });
  });

  app.addHook('preClose', async () => {
    await modern.endStreams();
    await Promise.race([Promise.allSettled(background), edge.clock.sleep(DRAIN_MS)]);
    for (const stream of streams) stream.end();
  });
  app.addHook('onClose', async () => {
    bound.close();
    await modern.close();
  });
}

/** The SDK's own rules, by the body first. What belongs to neither era is the modern leg's to refuse. */
function isLegacy({ headers }: FastifyRequest, body: JSONRPCMessage): boolean {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const version = header('mcp-protocol-version');
  const method = header('mcp-method');
  const name = header('mcp-name');
  const outcome = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    ...(name === undefined ? {} : { mcpNameHeader: name }),
  });
  return outcome.kind === 'legacy';
}
