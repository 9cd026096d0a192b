import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Caller } from '../../auth/caller.ts';
import type { Registry } from '../../tools/registry.ts';
import { isRequest } from '../mcp/json-rpc.ts';
import { insufficientScope } from './challenge.ts';

/**
 * Lets a client ask its person for more rights: a call out of scope is refused as HTTP refuses, with a challenge.
 * This is a courtesy, from the body alone; run-tool would refuse the call as well, on every leg.
 */
export function checkScope(registry: Registry, caller: Caller, message: JSONRPCMessage): void {
  if (!isRequest(message) || message.method !== 'tools/call') return;
  const name = message.params?.['name'];
  const tool = typeof name === 'string' ? registry.findTool(name) : undefined;
  if (tool !== undefined && !caller.scopes.has(tool.scope)) throw insufficientScope(caller, tool.scope);
}
