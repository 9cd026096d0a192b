import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CompleteResult, GetPromptResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { quoted } from '../../core/quoted.ts';
import type { Prompt } from '../../tools/pack.ts';
import { protocolError } from './protocol-error.ts';
import type { Serving } from './offer.ts';
import { openRound } from './rounds.ts';

const NAME_LENGTH = 80;
const MAX_COMPLETIONS = 100;

type GetParams = { readonly name: string; readonly arguments?: Readonly<Record<string, string>> | undefined };

export function servePrompts(serving: Serving): void {
  const { server, offer, visit } = serving;
  const inScope = (): readonly Prompt[] => offer.registry.catalogueFor(visit.caller.scopes).prompts;
  server.setRequestHandler('prompts/list', () => ({ prompts: inScope().map(listingOf) }));
  server.setRequestHandler('prompts/get', async ({ params }, ctx) => {
    const prompt = find(inScope(), params.name);
    return getPrompt(serving, { prompt, params }, ctx).catch(protocolError);
  });
  if (!offer.registry.offers.completions) return;
  server.setRequestHandler('completion/complete', async ({ params }, ctx) => {
    const { ref, argument } = params;
    if (ref.type !== 'ref/prompt') return completion([]);
    const complete = find(inScope(), ref.name).arguments.find(({ name }) => name === argument.name)?.complete;
    if (complete === undefined) return completion([]);
    const context = await visit.context(ctx.mcpReq.signal).catch(protocolError);
    return completion(await complete(argument.value, context).catch(protocolError));
  });
}

async function getPrompt(
  serving: Serving,
  { prompt, params }: { prompt: Prompt; params: GetParams },
  ctx: ServerContext,
): Promise<GetPromptResult | InputRequiredResult> {
  const args = params.arguments ?? {};
  checkArguments(prompt, args);
  const round = await openRound(serving, { name: prompt.name, args, ctx });
  const context = await serving.visit.context(ctx.mcpReq.signal);
  const rendered = await prompt.render(args, context, round.client);
  if ('ask' in rendered) return round.ask(rendered);
  return { description: prompt.description, messages: rendered.map((message) => ({ ...message })) };
}

function find(prompts: readonly Prompt[], name: string): Prompt {
  const prompt = prompts.find((candidate) => candidate.name === name);
  if (prompt === undefined)
    refuse(`There is no prompt '${quoted(name, NAME_LENGTH)}'. prompts/list names those there are.`);
  return prompt;
}

function checkArguments(prompt: Prompt, args: Readonly<Record<string, string>>): void {
  const missing = prompt.arguments.filter(({ name, required }) => required && args[name] === undefined);
  if (missing.length > 0) refuse(`The prompt needs ${missing.map(({ name }) => `'${name}'`).join(', ')}.`);
  const known = new Set(prompt.arguments.map(({ name }) => name));
  const unknown = Object.keys(args).find((name) => !known.has(name));
  if (unknown !== undefined) refuse(`The prompt has no argument '${quoted(unknown, NAME_LENGTH)}'.`);
}

function refuse(message: string): never {
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}

function listingOf({ name, title, description, arguments: args }: Prompt) {
  return {
    name,
    title,
    description,
    arguments: args.map((argument) => ({
      name: argument.name,
      description: argument.description,
      required: argument.required,
    })),
  };
}

function completion(values: readonly string[]): CompleteResult {
  const shown = values.slice(0, MAX_COMPLETIONS);
  return { completion: { values: shown, total: values.length, hasMore: shown.length < values.length } };
}
