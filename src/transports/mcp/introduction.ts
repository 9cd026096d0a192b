import type { InitializeRequest } from '@modelcontextprotocol/server';
import { GatewayError } from '../../core/errors.ts';
import type { Introduction } from './session-store.ts';

const MAX_LENGTH = 16_384;

/** What is kept of an `initialize`. Throws `payload_too_large` when a client has too much to say of itself. */
export function introductionOf({ params }: InitializeRequest): Introduction {
  const { protocolVersion, capabilities, clientInfo } = params;
  const introduction = { protocolVersion, capabilities, clientInfo };
  if (JSON.stringify(introduction).length <= MAX_LENGTH) return introduction;
  throw new GatewayError('payload_too_large', `A client may say ${MAX_LENGTH} characters of itself at initialize.`);
}
