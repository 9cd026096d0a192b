import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import type { ReadResourceResult } from '@modelcontextprotocol/server';
import { tellError } from '../../core/errors.ts';
import type { ToldError } from '../../core/errors.ts';
import { silentClient } from '../../tools/client-channel.ts';
import type { Tool, ToolOutcome } from '../../tools/define-tool.ts';
import type { Resource, ResourceTemplate } from '../../tools/pack.ts';
import { type FoundResource, checkAsTool, readAsTool } from '../../tools/resource-as-tool.ts';
import { findResource } from './find-resource.ts';
import { listOwnResources } from './list-own-resources.ts';
import type { Offer, Serving } from './offer.ts';
import { protocolError, toProtocolError } from './protocol-error.ts';
import type { Visit } from './visit.ts';

export function serveResources({ server, offer, visit }: Serving): void {
  const catalogue = () => offer.registry.catalogueFor(visit.caller.scopes);
  server.setRequestHandler('resources/list', async (_, { mcpReq: { signal } }) => {
    const own = await listOwnResources(catalogue().resourceTemplates, visit, signal);
    const resources = [...catalogue().resources.map(listingOf), ...(own ?? [])];
    // A list that is not whole is not worth keeping: the templates say the rest meanwhile.
    return own === undefined ? { resources, ttlMs: 0 } : { resources };
  });
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: catalogue().resourceTemplates.map(templateListingOf),
  }));
  server.setRequestHandler('resources/read', async ({ params: { uri } }, { mcpReq: { signal } }) => {
    return toReadResult(expectFound(await callFor(uri, { offer, visit, signal, toTool: readAsTool }), uri));
  });
  server.setRequestHandler('resources/subscribe', async ({ params: { uri } }, { mcpReq: { signal } }) => {
    const { watched } = visit;
    if (watched === undefined) refuseWithoutSession();
    expectFound(await checkResource(uri, { offer, visit, signal }), uri);
    await watched.add(uri).catch(protocolError);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', async ({ params: { uri } }) => {
    await visit.watched?.remove(uri).catch(protocolError);
    return {};
  });
}

type Asking = { readonly offer: Offer; readonly visit: Visit; readonly signal: AbortSignal };
type Answer = Extract<ToolOutcome, { kind: 'answer' }>;

/** Whether there is such a resource for this caller: one of somebody else's is absent too. `ToldError`: it cannot be said now. */
export async function checkResource(uri: string, asking: Asking): Promise<'there' | 'absent' | ToldError> {
  const outcome = await callFor(uri, { ...asking, toTool: checkAsTool });
  if (outcome === 'absent') return outcome;
  return 'kind' in outcome ? 'there' : outcome;
}

async function callFor(
  uri: string,
  { offer, visit, signal, toTool }: Asking & { readonly toTool: (resource: FoundResource) => Tool },
): Promise<Answer | 'absent' | ToldError> {
  const found = findResource(offer.registry.catalogueFor(visit.caller.scopes), uri);
  if (found === undefined) return 'absent';
  const context = await visit.context(signal).catch(tellError);
  if ('code' in context) return context;
  const outcome = await offer.runTool(toTool(found), { args: { uri }, context, client: silentClient });
  if (outcome.kind === 'answer') return outcome;
  if (outcome.kind === 'input-needed') throw new Error('A resource asked a question');
  return outcome.error.code === 'not_found' ? 'absent' : outcome.error;
}

/** Throws the protocol's error for everything but what was hoped for. */
function expectFound<Found>(outcome: Found | 'absent' | ToldError, uri: string): Found {
  if (outcome === 'absent') throw new ResourceNotFoundError(uri);
  if (typeof outcome === 'object' && outcome !== null && 'code' in outcome) throw toProtocolError(outcome);
  return outcome;
}

function toReadResult({ content = [] }: Answer): ReadResourceResult {
  return { contents: content.flatMap((part) => (part.type === 'resource' ? [part.resource] : [])) };
}

function refuseWithoutSession(): never {
  const message = 'Changes are told on the stream of a session, and this request belongs to none.';
  throw new ProtocolError(ProtocolErrorCode.InvalidRequest, message);
}

const listingOf = ({ uri, name, title, description, mimeType }: Resource) => ({
  uri,
  name,
  title,
  description,
  mimeType,
});

const templateListingOf = ({ uriTemplate, name, title, description, mimeType }: ResourceTemplate) => ({
  uriTemplate,
  name,
  title,
  description,
  mimeType,
});
