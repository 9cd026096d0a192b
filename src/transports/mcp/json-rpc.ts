import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
} from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCRequest } from '@modelcontextprotocol/server';
import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode, ToldError } from '../../core/errors.ts';

export const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INTERNAL_ERROR = -32_603;
const SESSION_GONE = -32_001;
const OTHER = -32_000;

const CODES: Partial<Record<ErrorCode, number>> = {
  invalid_input: INVALID_REQUEST,
  not_found: SESSION_GONE,
  internal: INTERNAL_ERROR,
};

export type JsonRpcFailure = {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string; readonly data: ToldError };
};

/** An error that stopped a message before any server saw it, in the protocol's words. */
export function toJsonRpcFailure(error: ToldError, body: unknown): JsonRpcFailure {
  const isNotJson = error.details?.['reason'] === NOT_JSON;
  const code = isNotJson ? PARSE_ERROR : (CODES[error.code] ?? OTHER);
  return { jsonrpc: '2.0', id: idOf(body), error: { code, message: error.message, data: error } };
}

export const NOT_JSON = 'not_json';

/** The one message of a POST. Throws `invalid_input` for none, for several, and for what is not JSON-RPC. */
export function readMessage(body: unknown): JSONRPCMessage {
  if (body === undefined) {
    throw new GatewayError('invalid_input', 'The request has no body; it must hold one JSON-RPC message.', {
      details: { reason: NOT_JSON },
    });
  }
  if (Array.isArray(body)) {
    throw new GatewayError('invalid_input', 'JSON-RPC batches are not served.', {
      advice: 'Send every message in a request of its own.',
    });
  }
  if (isMessage(body)) return body;
  throw new GatewayError('invalid_input', 'The body is not a JSON-RPC 2.0 message.');
}

/** Of a message that has been read: whether it is to be answered. The SDK's own test is for what may be anything, and checks all of it again. */
export const isRequest = (message: JSONRPCMessage): message is JSONRPCRequest => 'method' in message && 'id' in message;

const isMessage = (body: unknown): body is JSONRPCMessage =>
  isJSONRPCRequest(body) || isJSONRPCNotification(body) || isAnswer(body);

const ABOUT_CALLS: ReadonlySet<string> = new Set(['notifications/cancelled', 'notifications/progress']);

/** Whether a call that is being served may be waiting for it: an answer, its progress, or word that the call is withdrawn. */
export const isForCalls = (message: JSONRPCMessage): boolean =>
  isAnswer(message) || (isJSONRPCNotification(message) && ABOUT_CALLS.has(message.method));

export const isAnswer = (body: unknown): boolean => isJSONRPCResultResponse(body) || isJSONRPCErrorResponse(body);

function idOf(body: unknown): string | number | null {
  return isJSONRPCRequest(body) ? body.id : null;
}
