import { z } from 'zod';
import type { ClientChannel, ClientQuestion, InputNeeded } from '../../../src/tools/client-channel.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import type { ContentPart, Tool } from '../../../src/tools/define-tool.ts';
import type { TenantContext } from '../../../src/tenancy/tenant-context.ts';

const NO_INPUT = z.strictObject({});

export type Reply = { readonly content: readonly ContentPart[] } | InputNeeded;
export type FixtureCall = {
  readonly args: Readonly<Record<string, string>>;
  readonly context: TenantContext;
  readonly client: ClientChannel;
};

/** A tool that the conformance suite expects to find by name. Its answers have no data of their own. */
export function fixtureTool(
  name: string,
  reply: (call: FixtureCall) => Promise<Reply> | Reply,
  argument?: string,
): Tool {
  const input = argument === undefined ? NO_INPUT : z.strictObject({ [argument]: z.string() });
  return defineTool({
    name,
    title: name,
    description: `The fixture ${name} of the MCP conformance suite.`,
    scope: 'read',
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    input,
    output: NO_INPUT,
    async handle(args, context, client) {
      const answer = await reply({ args: z.record(z.string(), z.string()).parse(args), context, client });
      return 'ask' in answer ? answer : { data: {}, text: '', content: answer.content };
    },
  });
}

export const text = (words: string): ContentPart => ({ type: 'text', text: words });
export const say = (words: string): Reply => ({ content: [text(words)] });

/** A form with one field. */
export const askFor = (message: string, field: string, type = 'string'): ClientQuestion => ({
  method: 'elicitation/create',
  params: {
    mode: 'form',
    message,
    requestedSchema: { type: 'object', properties: { [field]: { type } }, required: [field] },
  },
});

export const askModel = (words: string, maxTokens = 100): ClientQuestion => ({
  method: 'sampling/createMessage',
  params: { messages: [{ role: 'user', content: { type: 'text', text: words } }], maxTokens },
});

export const ROOTS: ClientQuestion = { method: 'roots/list', params: {} };

/** One red pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
/** A WAV header without sound. */
export const WAV = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=';
