import {
  SUPPORTED_PROTOCOL_VERSIONS,
  isInitializeRequest,
  isJSONRPCResultResponse,
} from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GatewayError } from '../../core/errors.ts';
import { introductionOf } from '../mcp/introduction.ts';
import type { Introduction } from '../mcp/introduction.ts';
import { isForCalls, isRequest } from '../mcp/json-rpc.ts';
import { serveSessionCall } from '../mcp/serve-session-call.ts';
import type { Session } from '../mcp/session-store.ts';
import { checkAccept } from './accept.ts';
import { createAnswer } from './answer.ts';
import { findSession, openVisit } from './edge.ts';
import type { Edge, Entry } from './edge.ts';
import { checkScope } from './scope-check.ts';

const SESSION_HEADER = 'mcp-session-id';
const LEG = 'streamable-http';

/** POST /mcp for the revisions 2025-03-26 to 2025-11-25. */
export async function serveLegacyPost(edge: Edge, entry: Entry, message: JSONRPCMessage): Promise<FastifyReply> {
  checkAccept(entry.request, ['application/json', 'text/event-stream']);
  checkScope(edge.offer.registry, entry.caller, message);
  if (isRequest(message) && isInitializeRequest(message)) {
    return openSession(edge, entry, { request: message, introduction: introductionOf(message) });
  }
  checkVersion(entry.request);
  const session = await sessionOf(edge, entry);
  if (isRequest(message)) return answer(edge, entry, { request: message, session });
  if (session !== undefined && isForCalls(message)) {
    await edge.bus.tellCalls(session.key, { kind: 'message', message });
  }
  // claude.ai has been particular about this: 202, not 204.
  return entry.reply.code(202).send();
}

/** The session that the request names; `undefined` if it names none, since some clients lose theirs and go on. */
export async function sessionOf(edge: Edge, { request, caller }: Entry): Promise<Session | undefined> {
  const id = request.headers[SESSION_HEADER];
  return typeof id === 'string' ? findSession(edge, caller, { id, leg: LEG }) : undefined;
}

/** Throws `invalid_input` for a revision that this gateway does not know. */
export function checkVersion({ headers }: FastifyRequest): void {
  const version = headers['mcp-protocol-version'];
  if (version === undefined || (typeof version === 'string' && SUPPORTED_PROTOCOL_VERSIONS.includes(version))) return;
  throw new GatewayError('invalid_input', 'The MCP-Protocol-Version header names a revision that is not served.', {
    details: { supported: SUPPORTED_PROTOCOL_VERSIONS },
  });
}

type Opening = { readonly request: JSONRPCRequest; readonly introduction: Introduction };

async function openSession(edge: Edge, entry: Entry, { request, introduction }: Opening): Promise<FastifyReply> {
  const visit = openVisit(edge, entry);
  await visit.context(entry.signal);
  const messages: JSONRPCMessage[] = [];
  await serveSessionCall(edge, {
    visit,
    request,
    signal: entry.signal,
    emit: (message) => void messages.push(message),
  });
  const welcome = messages.at(-1);
  if (welcome !== undefined && isJSONRPCResultResponse(welcome)) {
    const { issuer, subject } = entry.caller;
    const { id } = edge.sessions.create({ issuer, subject, leg: LEG }, introduction);
    entry.reply.header(SESSION_HEADER, id);
  }
  return entry.reply.send(Response.json(welcome));
}

type SessionRequest = { readonly request: JSONRPCRequest; readonly session: Session | undefined };

async function answer(edge: Edge, entry: Entry, { request, session }: SessionRequest): Promise<FastifyReply> {
  const visit = openVisit(edge, entry, session);
  await visit.context(entry.signal);
  const { emit, end, response } = createAnswer(edge, () => void entry.reply.raw.destroy());
  const call = { visit, request, signal: entry.signal, emit, ...(session === undefined ? {} : { session }) };
  serveSessionCall(edge, call).then(() => end(), end);
  return entry.reply.send(await response);
}
