import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import { tellError } from '../../core/errors.ts';
import { quoted } from '../../core/quoted.ts';
import type { ToolOutcome } from '../../tools/define-tool.ts';
import type { Serving } from './offer.ts';
import { openRound } from './rounds.ts';

const NAME_LENGTH = 80;
/** Where a failed call carries its error for programs; its text is for people and models. */
const ERROR_META = 'tasty-gateway/error';

type Failure = Extract<ToolOutcome, { kind: 'error' }>;
type CallParams = { readonly name: string; readonly arguments?: unknown };

export function serveTools(serving: Serving): void {
  const { server, offer, visit } = serving;
  server.setRequestHandler('tools/list', () => ({
    tools: [...offer.registry.catalogueFor(visit.caller.scopes).tools],
  }));
  server.setRequestHandler('tools/call', async ({ params }, ctx) => callTool(serving, params, ctx));
}

async function callTool(
  serving: Serving,
  { name, arguments: args = {} }: CallParams,
  ctx: ServerContext,
): Promise<CallToolResult | InputRequiredResult> {
  const { offer, visit } = serving;
  const tool = offer.registry.findTool(name);
  if (tool === undefined) {
    const message = `There is no tool '${quoted(name, NAME_LENGTH)}'. tools/list names those there are.`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, message);
  }
  const context = await visit.context(ctx.mcpReq.signal).catch(asFailure);
  if ('kind' in context) return failed(context);
  const round = await openRound(serving, { name, args, ctx }).catch(asFailure);
  if ('kind' in round) return failed(round);
  // Scope, limits and audit are run-tool's, so that no leg can miss them.
  const outcome = await offer.runTool(tool, { args, context, client: round.client });
  if (outcome.kind === 'error') return failed(outcome);
  if (outcome.kind === 'input-needed') return round.ask(outcome);
  const content = outcome.content ?? [{ type: 'text' as const, text: outcome.text }];
  return { content: [...content], structuredContent: outcome.data };
}

function asFailure(thrown: unknown): Failure {
  if (thrown instanceof ProtocolError) throw thrown;
  const error = tellError(thrown);
  return { kind: 'error', error, text: `${error.message}\n${error.advice} [${error.code}]` };
}

function failed({ error, text }: Failure): CallToolResult {
  const details = error.details === undefined ? [] : [{ type: 'text' as const, text: JSON.stringify(error.details) }];
  return { isError: true, content: [{ type: 'text', text }, ...details], _meta: { [ERROR_META]: error } };
}
