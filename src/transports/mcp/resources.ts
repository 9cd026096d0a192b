import { ResourceNotFoundError, UriTemplate } from '@modelcontextprotocol/server';
import type { ReadResourceResult } from '@modelcontextprotocol/server';
import type { ResourceBody } from '../../tools/define-tool.ts';
import type { Resource, ResourceTemplate } from '../../tools/pack.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { protocolError } from './protocol-error.ts';
import type { Serving } from './offer.ts';

export function serveResources({ server, offer, visit }: Serving): void {
  const catalogue = () => offer.registry.catalogueFor(visit.caller.scopes);
  server.setRequestHandler('resources/list', () => ({ resources: catalogue().resources.map(listingOf) }));
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: catalogue().resourceTemplates.map(templateListingOf),
  }));
  server.setRequestHandler('resources/read', async ({ params }, ctx): Promise<ReadResourceResult> => {
    const read = findReader(catalogue(), params.uri);
    const context = await visit.context(ctx.mcpReq.signal).catch(protocolError);
    return { contents: [await read(context).catch(protocolError)] };
  });
  // No resource changes while the gateway runs, so a subscription is only checked; there is nothing to send on it.
  server.setRequestHandler('resources/subscribe', ({ params }) => {
    findReader(catalogue(), params.uri);
    return {};
  });
  server.setRequestHandler('resources/unsubscribe', () => ({}));
}

type Reader = (context: TenantContext) => Promise<ResourceBody>;
type Readable = { readonly resources: readonly Resource[]; readonly resourceTemplates: readonly ResourceTemplate[] };

function findReader({ resources, resourceTemplates }: Readable, uri: string): Reader {
  const resource = resources.find((candidate) => candidate.uri === uri);
  if (resource !== undefined) return (context) => resource.read(context);
  for (const template of resourceTemplates) {
    const gaps = new UriTemplate(template.uriTemplate).match(uri);
    if (gaps !== null) return (context) => template.read(uri, textsOnly(gaps), context);
  }
  throw new ResourceNotFoundError(uri);
}

function textsOnly(gaps: Readonly<Record<string, string | string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(gaps).map(([name, value]) => [name, [value].flat().join(',')]));
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
