import { Server } from '@modelcontextprotocol/server';
import type { CacheHint, RequestMethod, ServerCapabilities } from '@modelcontextprotocol/server';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/server/validators/ajv';
import type { Registry } from '../../tools/registry.ts';
import type { Offer } from './offer.ts';
import { protocolError } from './protocol-error.ts';
import { servePrompts } from './prompts.ts';
import { serveResources } from './resources.ts';
import { serveTools } from './tools.ts';
import type { Visit } from './visit.ts';

const LIST_TTL_MS = 300_000;
// Lists depend on the caller's scopes: a shared cache must never hand one caller's list to another.
const PRIVATE: CacheHint = { ttlMs: LIST_TTL_MS, cacheScope: 'private' };
const PRIVATE_NOW: CacheHint = { ttlMs: 0, cacheScope: 'private' };
const CACHE_HINTS = {
  'server/discover': PRIVATE,
  'tools/list': PRIVATE,
  'prompts/list': PRIVATE,
  'resources/list': PRIVATE,
  'resources/templates/list': PRIVATE,
  'resources/read': PRIVATE_NOW,
};
// The SDK would make one per server. It is needed only to check what we do not ask it to check.
const jsonSchemaValidator = new AjvJsonSchemaValidator();

/** A fresh low-level server for one visit. Never shared: a shared one answers the wrong client. */
export function createMcpServer(offer: Offer, visit: Visit): Server {
  const server = new Server(offer.identity, {
    capabilities: capabilitiesOf(offer.registry),
    instructions: offer.instructions,
    cacheHints: CACHE_HINTS,
    jsonSchemaValidator,
  });
  server.setRequestHandler('logging/setLevel', async ({ params }) => {
    await visit.setNoticeLevel(params.level).catch(protocolError);
    return {};
  });
  forgetOnClose(server);
  serveTools({ server, offer, visit });
  if (offer.registry.offers.prompts) servePrompts({ server, offer, visit });
  if (offer.registry.offers.resources) serveResources({ server, offer, visit });
  return server;
}

const SERVED: readonly RequestMethod[] = [
  'logging/setLevel',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
];

/**
 * V8 gives a function that is written out where a property is set its place among old objects at birth, and the SDK sets three
 * so on each connection, which hold the server: until the next full collection, a server that is over would keep its handlers,
 * and they the visit, its request and its answer.
 */
function forgetOnClose(server: Server): void {
  const forget = (): void => {
    for (const method of SERVED) server.removeRequestHandler(method);
    delete server.onclose;
  };
  server.onclose = forget;
}

function capabilitiesOf({ offers }: Registry): ServerCapabilities {
  return {
    tools: {},
    logging: {},
    ...(offers.prompts ? { prompts: {} } : {}),
    ...(offers.resources ? { resources: { subscribe: true } } : {}),
    ...(offers.completions ? { completions: {} } : {}),
  };
}
