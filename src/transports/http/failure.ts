import type { FastifyError } from 'fastify';
import { GatewayError, asGatewayError } from '../../core/errors.ts';
import { NOT_JSON } from '../mcp/json-rpc.ts';

const badJson = (): GatewayError =>
  new GatewayError('invalid_input', 'The body is not valid JSON.', { details: { reason: NOT_JSON } });

/** What Fastify itself refuses, in our words. */
const REFUSALS: Readonly<Record<string, () => GatewayError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new GatewayError('unsupported_media_type', 'The body must be sent as application/json.'),
  FST_ERR_CTP_BODY_TOO_LARGE: () =>
    new GatewayError('payload_too_large', 'The body is larger than this gateway accepts.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new GatewayError('invalid_input', 'The body is not as long as its Content-Length says.'),
  FST_ERR_CTP_INVALID_JSON_BODY: badJson,
  FST_ERR_BAD_URL: () => new GatewayError('invalid_input', 'The path of the request is not well formed.'),
};

/** Turns whatever a route threw into an error that may leave. */
export function toFailure(thrown: unknown): GatewayError {
  if (thrown instanceof SyntaxError) return badJson();
  const refusal = isFastifyError(thrown) ? REFUSALS[thrown.code] : undefined;
  return refusal?.() ?? asGatewayError(thrown);
}

const isFastifyError = (thrown: unknown): thrown is FastifyError =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';
