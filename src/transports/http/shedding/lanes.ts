import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { FastifyRequest } from 'fastify';
import type { Registry } from '../../../tools/registry.ts';
import { isRequest } from '../../mcp/json-rpc.ts';
import { MODERN } from '../../mcp/revisions.ts';
import type { CallLane } from './under-way.ts';

/**
 * What a request says of its lane before its body is read; `undefined` where only the body tells. The headers are a hint: a body
 * that says otherwise is believed.
 */
export function hintedLane({ method, headers }: FastifyRequest, registry: Registry): CallLane | undefined {
  if (method !== 'POST') return 'ordinary';
  if (headers['mcp-protocol-version'] !== MODERN) return undefined;
  const called = headers['mcp-method'];
  if (called === 'tools/call') return laneOfTool(registry, headers['mcp-name']);
  return typeof called === 'string' && !called.startsWith('notifications/') ? 'ordinary' : undefined;
}

/** The lane of a request; `undefined` for what asks nothing of the gateway: notifications, and the client's own answers. */
export function laneOf(message: JSONRPCMessage, registry: Registry): CallLane | undefined {
  if (!isRequest(message)) return undefined;
  return message.method === 'tools/call' ? laneOfTool(registry, message.params?.['name']) : 'ordinary';
}

function laneOfTool(registry: Registry, name: unknown): CallLane {
  return (typeof name === 'string' ? registry.findTool(name)?.lane : undefined) ?? 'ordinary';
}
