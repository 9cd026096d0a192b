import type { FastifyReply } from 'fastify';
import { createMcpHandler } from '@modelcontextprotocol/server';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { quoted } from '../../core/quoted.ts';
import type { Log } from '../../core/log.ts';
import { isRequest } from '../mcp/json-rpc.ts';
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
  const calls = createMcpHandler(
    ({ requestInfo }) => {
      if (!(requestInfo instanceof VisitRequest)) throw new Error('A request came to be served that was never let in');
      return createMcpServer(edge.offer, requestInfo.visit);
    },
    { legacy: 'reject', onerror: (error) => log.debug({ fault: quoted(error.message) }, 'MCP request faulted') },
  );
  const listening = createListening(edge, log);

  async function answer(entry: Entry, message: JSONRPCMessage): Promise<Response> {
    const visit = openVisit(edge, entry);
    const isSubscription = isRequest(message) && message.method === 'subscriptions/listen';
    const signal = isSubscription ? holdSlot(edge, entry) : entry.signal;
    const url = `${edge.publicUrl}/mcp`;
    const init = { method: 'POST', headers: headersForMcp(entry) };
    if (isRequest(message)) await visit.context(signal);
    if (!isSubscription) return calls.fetch(new VisitRequest(url, init, visit), { parsedBody: message });
    const request = new Request(url, { ...init, signal });
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

function headersForMcp({ request }: Entry): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    const isForMcp = HEADERS.has(name) || name.startsWith(PARAM_HEADER);
    if (isForMcp && typeof value === 'string') headers.set(name, value);
  }
  return headers;
}

/** What the SDK is handed for a call: a request without its token, and what the token said. */
class VisitRequest extends Request {
  readonly visit: Visit;

  constructor(url: string, init: RequestInit, visit: Visit) {
    super(url, init);
    this.visit = visit;
    // A call is ended by its own context. What listens to a request's signal is held by it, with the answer, when all is over.
    Object.defineProperty(this, 'signal', { value: undefined });
  }
}
