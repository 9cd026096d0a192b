import type { FastifyReply, FastifyRequest } from 'fastify';
import { tellError } from '../../../core/errors.ts';
import { toJsonRpcFailure } from '../../mcp/json-rpc.ts';
import type { Shed } from './shed.ts';

type Words = { readonly headers: Record<string, string | number>; readonly text: string };

/** Where the body was not read the words are the same each time. */
const ready = new WeakMap<Shed, Words>();

/** The refusal, as JSON-RPC: only MCP's paths shed. */
export function sendShed(shed: Shed, { body }: FastifyRequest, reply: FastifyReply): FastifyReply {
  const words = (body === undefined ? ready.get(shed) : undefined) ?? wordsOf(shed, body);
  if (body === undefined) ready.set(shed, words);
  return reply.code(shed.status).headers(words.headers).send(words.text);
}

function wordsOf(shed: Shed, body: unknown): Words {
  const told = tellError(shed);
  return {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'retry-after': told.retryAfterSeconds ?? 1,
    },
    text: JSON.stringify(toJsonRpcFailure(told, body)),
  };
}
