import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import { readMessage } from '../mcp/json-rpc.ts';
import { subjectOf } from '../mcp/visit.ts';
import type { AccessLog } from './access-log.ts';
import type { Edge, Entry } from './edge.ts';
import { hangUpSignal } from './hang-up.ts';
import { createRequestBound, isCountedElsewhere } from './request-bound.ts';
import { requestNote } from './request-note.ts';

/** Where a request of an MCP route comes in: by its token, and by what there is room for. */
export type Door = {
  /** Before the body is read. Throws `unauthenticated`, `rate_limited` or `overloaded`. */
  letIn(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** For requests without a message, which nothing else counts. */
  letInCounted(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  entryOf(request: FastifyRequest, reply: FastifyReply): Entry;
  /** The one message of a POST. Throws `invalid_input`, and again when what it asks is not what it said. */
  read(entry: Entry): Promise<JSONRPCMessage>;
  close(): void;
};

export function createDoor(edge: Edge, accessLog: AccessLog): Door {
  const callers = requestNote<Caller>('caller');
  const bound = createRequestBound(edge.clock);
  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.of(request);
    if (caller === undefined) throw new Error('A request came to a route without having been let in');
    return caller;
  };
  const count = (request: FastifyRequest): void => bound.take(subjectOf(callerOf(request)));
  const letIn: Door['letIn'] = async (request, reply) => {
    const caller = await edge.verifyCaller(request.headers.authorization);
    accessLog.noteCaller(request, caller);
    callers.set(request, caller);
    await edge.admission.admit({ request, reply, caller });
  };
  return {
    letIn,
    async letInCounted(request, reply) {
      await letIn(request, reply);
      count(request);
    },
    entryOf: (request, reply) => ({ request, reply, caller: callerOf(request), signal: hangUpSignal(reply) }),
    async read(entry) {
      const message = readMessage(entry.request.body);
      accessLog.noteMessage(entry.request, message);
      await edge.admission.confirm(entry, message);
      if (!isCountedElsewhere(message)) count(entry.request);
      return message;
    },
    close: () => bound.close(),
  };
}
