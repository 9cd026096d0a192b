import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Caller } from '../../auth/caller.ts';
import type { Clock } from '../../core/clock.ts';
import type { Log, LogFields } from '../../core/log.ts';
import { quoted } from '../../core/quoted.ts';
import { isRequest } from '../mcp/json-rpc.ts';
import { requestNote } from './request-note.ts';

const SHORT = 80;

/** One request, told when its answer has left. `route` is the pattern, never the path: paths and queries hold ids. */
export type RequestFacts = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
};

export type AccessLogParts = {
  readonly log: Log;
  readonly clock: Clock;
  readonly onRequestDone: (facts: RequestFacts) => void;
};

export type AccessLog = {
  /** The log of one request: every line of it carries the request's id. */
  logOf(request: FastifyRequest): Log;
  noteCaller(request: FastifyRequest, caller: Caller): void;
  noteMessage(request: FastifyRequest, message: JSONRPCMessage): void;
  /** No line for this one: it is only counted. */
  passOver(request: FastifyRequest): void;
};

/** One line for every request, with what was learnt of it on the way. */
export function registerAccessLog(app: FastifyInstance, { log, clock, onRequestDone }: AccessLogParts): AccessLog {
  const startedMs = requestNote<number>('started');
  const learnt = requestNote<LogFields>('learnt');
  const passedOver = requestNote<true>('passed over');
  const note = (request: FastifyRequest, fields: LogFields): void =>
    learnt.set(request, { ...learnt.of(request), ...fields });

  app.addHook('onRequest', (request, reply, done) => {
    startedMs.set(request, clock.monotonicMs());
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const facts: RequestFacts = {
      method: request.method,
      route: request.routeOptions.url ?? 'unmatched',
      status: reply.statusCode,
      durationMs: clock.monotonicMs() - (startedMs.of(request) ?? clock.monotonicMs()),
    };
    onRequestDone(facts);
    if (passedOver.of(request) === undefined) {
      log.info({ requestId: request.id, ...facts, ...learnt.of(request) }, 'Request answered');
    }
    done();
  });
  return {
    logOf: (request) => log.with({ requestId: request.id }),
    noteCaller: (request, { issuer, subject, clientId }) =>
      note(request, { issuer, subject, ...(clientId === undefined ? {} : { clientId }) }),
    passOver: (request) => passedOver.set(request, true),
    noteMessage: (request, message) => note(request, mcpFields(request, message)),
  };
}

function mcpFields({ headers }: FastifyRequest, message: JSONRPCMessage): LogFields {
  if (!('method' in message)) return { mcpKind: 'response' };
  const { name, clientInfo, capabilities, protocolVersion } = message.params ?? {};
  const version = headers['mcp-protocol-version'] ?? protocolVersion;
  return {
    mcpKind: isRequest(message) ? 'request' : 'notification',
    mcpMethod: quoted(message.method, SHORT),
    ...(typeof name === 'string' ? { mcpName: quoted(name, SHORT) } : {}),
    ...(typeof version === 'string' ? { mcpVersion: quoted(version, SHORT) } : {}),
    ...(message.method === 'initialize'
      ? { mcpClient: shortJson(clientInfo), mcpClientCan: shortJson(capabilities) }
      : {}),
  };
}

const shortJson = (value: unknown): string => quoted(JSON.stringify(value ?? null));
