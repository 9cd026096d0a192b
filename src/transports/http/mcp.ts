import { classifyInboundRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { atMost } from '../../core/at-most.ts';
import type { Log } from '../../core/log.ts';
import { MODERN } from '../mcp/revisions.ts';
import type { AccessLog } from './access-log.ts';
import { createDoor } from './door.ts';
import type { Edge } from './edge.ts';
import { endLegacySession, serveLegacyStream } from './legacy-stream.ts';
import { serveLegacyPost } from './legacy.ts';
import { createModern } from './modern.ts';
import { acceptMessage, serveSse } from './sse.ts';
import type { Background } from './sse.ts';
import type { OpenStreams } from './session-stream.ts';

/** How long accepted calls of the SSE leg may take to finish when the gateway closes. */
const DRAIN_MS = 5000;

export type McpParts = { readonly edge: Edge; readonly accessLog: AccessLog; readonly log: Log };

/** The MCP endpoints of every revision. Each request is let in by its token before its body is read. */
export function registerMcp(app: FastifyInstance, { edge, accessLog, log }: McpParts): void {
  const streams: OpenStreams = new Set();
  const background: Background = new Set();
  const modern = createModern(edge, log);
  const { letIn, letInCounted, entryOf, read, close } = createDoor(edge, accessLog);
  // No HEAD: it would open a stream that nobody reads.
  const guarded = { onRequest: letIn, exposeHeadRoute: false };
  const bare = { onRequest: letInCounted, exposeHeadRoute: false };

  app.post('/mcp', guarded, async (request, reply) => {
    const entry = entryOf(request, reply);
    const message = await read(entry);
    return isLegacy(request, message) ? serveLegacyPost(edge, entry, message) : modern.serve(entry, message);
  });
  app.get('/mcp', bare, async (request, reply) => serveLegacyStream(edge, entryOf(request, reply), streams));
  app.delete('/mcp', bare, async (request, reply) => endLegacySession(edge, entryOf(request, reply)));
  app.get('/sse', bare, async (request, reply) => serveSse(edge, entryOf(request, reply), streams));
  app.post('/messages', guarded, async (request, reply) => {
    const entry = entryOf(request, reply);
    return acceptMessage(edge, entry, { message: await read(entry), background });
  });

  app.addHook('preClose', async () => {
    await modern.endStreams();
    await atMost(edge.clock, DRAIN_MS, Promise.allSettled(background));
    for (const stream of streams) stream.end();
  });
  app.addHook('onClose', async () => {
    close();
    await modern.close();
  });
}

/**
 * The SDK's own rules, by the body first. What belongs to neither era is the modern leg's to refuse; so is all that is asked or
 * told under its name, which is most of what comes, and need not be looked at twice.
 */
function isLegacy({ headers }: FastifyRequest, body: JSONRPCMessage): boolean {
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const version = header('mcp-protocol-version');
  if (version === MODERN && 'method' in body) return false;
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
