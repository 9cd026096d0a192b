import type { FastifyReply } from 'fastify';
import { createMcpHandler, isJSONRPCRequest } from '@modelcontextprotocol/server';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { quoted } from '../../core/quoted.ts';
import type { Log } from '../../core/log.ts';
import { createMcpServer } from '../mcp/mcp-server.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { Visit } from '../mcp/visit.ts';
import { openVisit, streamLifeMs } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { createListening } from './listen.ts';
import { checkScope } from './scope-check.ts';
import { boundedResponse } from './streams/bounded-response.ts';

const HEADERS = new Set(['content-type', 'accept', 'mcp-protocol-version', 'mcp-method', 'mcp-name']);
const PARAM_HEADER = 'mcp-param-';

/** Serves the 2026-07-28 revision, which keeps nothing between two requests. */
export type Modern = {
  serve(entry: Entry, message: JSONRPCMessage): Promise<FastifyReply>;
  /** Ends the subscriptions with their results, so that calls under way can finish by themselves. */
  endStreams(): Promise<void>;
  close(): Promise<void>;
};

export function createModern(edge: Edge, log: Log): Modern {
  // The SDK is handed a request without its token; what the token said is found again by the request itself.
  const visits = new WeakMap<Request, Visit>();
  const calls = createMcpHandler(
    ({ requestInfo }) => {
      const visit = requestInfo === undefined ? undefined : visits.get(requestInfo);
      if (visit === undefined) throw new Error('A request came to be served that was never let in');
      return createMcpServer(edge.offer, visit);
    },
    { legacy: 'reject', onerror: (error) => log.debug({ fault: quoted(error.message) }, 'MCP request faulted') },
  );
  const listening = createListening(edge, log);

  async function answer(entry: Entry, message: JSONRPCMessage): Promise<Response> {
    const visit = openVisit(edge, entry);
    const isSubscription = isJSONRPCRequest(message) && message.method === 'subscriptions/listen';
    const signal = isSubscription ? holdSlot(edge, entry) : entry.signal;
    // A call is ended by its own context; a request's signal would be held weakly, and leave something behind each time.
    const request = toWebRequest(edge, entry, isSubscription ? signal : undefined);
    if (isJSONRPCRequest(message)) await visit.context(signal);
    if (!isSubscription) {
      visits.set(request, visit);
      return calls.fetch(request, { parsedBody: message });
    }
    const response = await listening.serve(entry, { message, request, visit, signal });
    // A subscription has a slot of its own: it is no call any more.
    edge.admission.release(entry.request);
    return response;
  }

  return {
    async serve(entry, message) {
      checkScope(edge.offer.registry, entry.caller, message);
      const response = await answer(entry, message);
      return entry.reply.send(boundedResponse(response, edge.bytes, () => void entry.reply.raw.destroy()));
    },
    endStreams: () => listening.end(),
    close: () => calls.close(),
  };
}

/** Takes one of the caller's slots for as long as the stream is open, and ends the stream when the token does. */
function holdSlot({ slots, clock }: Edge, { caller, reply, signal }: Entry): AbortSignal {
  reply.raw.once('close', slots.take(subjectOf(caller)));
  const life = new AbortController();
  const timer = clock.after(streamLifeMs(clock, caller), () => life.abort());
  reply.raw.once('close', () => timer.cancel());
  return AbortSignal.any([signal, life.signal]);
}

function toWebRequest({ publicUrl }: Edge, { request }: Entry, signal?: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    const isForMcp = HEADERS.has(name) || name.startsWith(PARAM_HEADER);
    if (isForMcp && typeof value === 'string') headers.set(name, value);
  }
  return new Request(`${publicUrl}/mcp`, { method: 'POST', headers, ...(signal === undefined ? {} : { signal }) });
}
