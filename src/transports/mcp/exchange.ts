import {
  isJSONRPCErrorResponse,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
} from '@modelcontextprotocol/server';
import type { JSONRPCMessage, JSONRPCNotification, JSONRPCRequest, Transport } from '@modelcontextprotocol/server';
import type { Introduction } from './introduction.ts';

const DIGITS = /^\d{1,15}$/u;

/**
 * The transport under a server that answers one request of a 2025-era client. Every server counts its own questions
 * from nought, and several serve one session at a time: so the questions leave under this exchange's own names, and
 * only the answers to those come back in.
 */
export type Exchange = {
  readonly transport: Transport;
  /** Lets the server know the client as it once introduced itself. Nothing of it is emitted. */
  introduce(introduction: Introduction): Promise<void>;
  /** Hands the one request over. Resolves when its answer has been emitted, or the transport was closed. */
  serve(request: JSONRPCRequest): Promise<void>;
  /** A message of the client's to all exchanges of its session. True when it was about this one, and is taken. */
  overhear(message: JSONRPCMessage): boolean;
};

export type ExchangeParts = {
  /** Names this exchange's questions; nobody else's, and not to be guessed. */
  readonly id: string;
  /** Every message for the client, in order; the answer to the request is the last. */
  readonly emit: (message: JSONRPCMessage) => void;
};

export function createExchange({ id, emit }: ExchangeParts): Exchange {
  const introductionId = `${id}/introduction`;
  const introduced = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let requestId: string | number | undefined;

  const transport: Transport = {
    start: async () => {},
    async send(message) {
      if (isAnswerTo(introductionId, message)) return introduced.resolve();
      emit(isJSONRPCRequest(message) ? renamed(message, id) : message);
      if (requestId !== undefined && isAnswerTo(requestId, message)) ended.resolve();
    },
    async close() {
      introduced.resolve();
      ended.resolve();
      transport.onclose?.();
    },
  };
  return {
    transport,
    async introduce(introduction) {
      transport.onmessage?.({ jsonrpc: '2.0', id: introductionId, method: 'initialize', params: introduction });
      await introduced.promise;
    },
    async serve(request) {
      requestId = request.id;
      transport.onmessage?.(request);
      await ended.promise;
    },
    overhear(message) {
      if (isCancellation(message)) {
        if (requestId === undefined || message.params?.['requestId'] !== requestId) return false;
        // What was called off is not answered: nothing is left to wait for.
        void transport.close();
        return true;
      }
      const own = addressed(message, id);
      if (own !== undefined) transport.onmessage?.(own);
      return own !== undefined;
    },
  };
}

const isAnswer = (message: JSONRPCMessage) => isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
const isAnswerTo = (id: string | number, message: JSONRPCMessage): boolean => isAnswer(message) && message.id === id;

function renamed(question: JSONRPCRequest, exchangeId: string): JSONRPCRequest {
  const name = `${exchangeId}/${question.id}`;
  const meta = question.params?._meta;
  if (meta?.progressToken === undefined) return { ...question, id: name };
  return { ...question, id: name, params: { ...question.params, _meta: { ...meta, progressToken: name } } };
}

const isCancellation = (message: JSONRPCMessage): message is JSONRPCNotification =>
  isJSONRPCNotification(message) && message.method === 'notifications/cancelled';

/** The message in the server's own terms, if it is about one of this exchange's questions. */
function addressed(message: JSONRPCMessage, exchangeId: string): JSONRPCMessage | undefined {
  if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) {
    const number = ownNumber(message.id, exchangeId);
    return number === undefined ? undefined : { ...message, id: number };
  }
  if (isJSONRPCRequest(message) || message.method !== 'notifications/progress') return undefined;
  const number = ownNumber(message.params?.['progressToken'], exchangeId);
  return number === undefined ? undefined : { ...message, params: { ...message.params, progressToken: number } };
}

function ownNumber(name: unknown, exchangeId: string): number | undefined {
  const prefix = `${exchangeId}/`;
  if (typeof name !== 'string' || !name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  return DIGITS.test(digits) ? Number(digits) : undefined;
}
