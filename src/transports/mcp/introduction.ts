import type { InitializeRequest, InitializeRequestParams } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { GatewayError } from '../../core/errors.ts';

/** What a 2025-era client says of itself at `initialize`; every later call of its session is served as to it. */
export type Introduction = Pick<InitializeRequestParams, 'protocolVersion' | 'capabilities' | 'clientInfo'>;

const MAX_LENGTH = 16_384;
const MAX_NAME = 100;

const empty = z.object({});
/** What a call may come to ask of its client; everything else that a client can do is not carried from call to call. */
const carried = z.object({
  elicitation: z.object({
    form: z.object({ applyDefaults: z.boolean().optional() }).optional(),
    url: empty.optional(),
  }),
  sampling: z.object({ context: empty.optional(), tools: empty.optional() }),
  roots: z.object({ listChanged: z.boolean().optional() }),
});

/** What is kept of an `initialize`: a few hundred bytes. Throws `payload_too_large` when a client has too much to say. */
export function introductionOf({ params }: InitializeRequest): Introduction {
  const { protocolVersion, capabilities, clientInfo } = params;
  if (JSON.stringify({ capabilities, clientInfo }).length > MAX_LENGTH) {
    throw new GatewayError('payload_too_large', `A client may say ${MAX_LENGTH} characters of itself at initialize.`);
  }
  return {
    protocolVersion: protocolVersion.slice(0, MAX_NAME),
    capabilities: carried.partial().parse(capabilities) as Introduction['capabilities'],
    clientInfo: { name: clientInfo.name.slice(0, MAX_NAME), version: clientInfo.version.slice(0, MAX_NAME) },
  };
}
