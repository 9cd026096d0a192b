import { GatewayError } from '../../core/errors.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { type JsonObject, silentClient } from '../client-channel.ts';
import type { ResourceBody, Tool } from '../define-tool.ts';

export const JSON_TYPE = 'application/json';

/** What is not there, and what is somebody else's: the same words for both. */
export const noSuchResource = (): GatewayError => new GatewayError('not_found', 'There is no such resource here.');

/** What a tool answers to these arguments, as plain JSON. Throws `not_found` for arguments that it would refuse. */
export async function readThrough(tool: Tool, args: JsonObject, context: TenantContext): Promise<JsonObject> {
  const input = tool.input.safeParse(args);
  if (!input.success) throw noSuchResource();
  const answer = await tool.handle(input.data, context, silentClient);
  if ('ask' in answer) throw new Error(`${tool.name} asked a question where nobody can answer`);
  return tool.output.parse(answer.data);
}

export const jsonBody = (uri: string, data: JsonObject): ResourceBody => ({
  uri,
  mimeType: JSON_TYPE,
  text: JSON.stringify(data),
});
