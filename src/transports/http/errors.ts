import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, GatewayError, tellError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { toJsonRpcFailure } from '../mcp/json-rpc.ts';
import { challengeFor } from './challenge.ts';
import { toFailure } from './failure.ts';
import { sendShed } from './shedding/send-shed.ts';
import { Shed } from './shedding/shed.ts';

const MCP_PATHS: ReadonlySet<string> = new Set(['/mcp', '/sse', '/messages']);

export type ErrorParts = {
  readonly publicUrl: string;
  readonly logOf: (request: FastifyRequest) => Log;
  /** A request that was refused for load alone is not worth a line in the log. */
  readonly passOver: (request: FastifyRequest) => void;
};

export const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '';

/** One way out for every failure: JSON-RPC on the MCP paths, problem JSON (RFC 9457) elsewhere. */
export function registerErrors(app: FastifyInstance, parts: ErrorParts): void {
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsByPath.get(url) ?? new Set<string>();
    methodsByPath.set(url, methods);
    for (const name of [method].flat()) methods.add(name);
  });
  app.setErrorHandler(async (thrown, request, reply) => sendFailure(thrown, { request, reply, parts }));
  app.setNotFoundHandler(async (request, reply) => {
    const methods = methodsByPath.get(pathOf(request));
    if (methods !== undefined) reply.header('allow', [...methods].join(', '));
    return sendFailure(methods === undefined ? unknownPath() : wrongMethod(), { request, reply, parts });
  });
}

const unknownPath = (): GatewayError => new GatewayError('not_found', 'There is nothing at this path.');
const wrongMethod = (): GatewayError =>
  new GatewayError(
    'method_not_allowed',
    'This path does not answer that method; the Allow header names those it does.',
  );

type Exit = { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly parts: ErrorParts };

function sendFailure(thrown: unknown, { request, reply, parts }: Exit): FastifyReply {
  const error = toFailure(thrown);
  if (error instanceof Shed) {
    parts.passOver(request);
    return sendShed(error, request, reply);
  }
  logFailure(parts.logOf(request), error);
  const challenge = challengeFor({
    publicUrl: parts.publicUrl,
    error,
    hasToken: request.headers.authorization !== undefined,
  });
  if (challenge !== undefined) reply.header('www-authenticate', challenge);
  const told = tellError(error);
  if (told.retryAfterSeconds !== undefined) reply.header('retry-after', told.retryAfterSeconds);
  reply.code(error.status).header('cache-control', 'no-store');
  if (MCP_PATHS.has(pathOf(request))) {
    return reply.type('application/json').send(JSON.stringify(toJsonRpcFailure(told, request.body)));
  }
  const { message, ...rest } = told;
  const problem = {
    type: 'about:blank',
    title: error.code.replaceAll('_', ' '),
    status: error.status,
    detail: message,
  };
  return reply.type('application/problem+json').send(JSON.stringify({ ...problem, ...rest, requestId: request.id }));
}

function logFailure(log: Log, error: GatewayError): void {
  const { level } = ERRORS[error.code];
  log[level]({ code: error.code, ...(error.cause === undefined ? {} : { error: error.cause }) }, 'Request refused');
}
