import { Server } from '@modelcontextprotocol/server';
import type { CacheHint, ServerCapabilities } from '@modelcontextprotocol/server';
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
  serveTools({ server, offer, visit });
  if (offer.registry.offers.prompts) servePrompts({ server, offer, visit });
  if (offer.registry.offers.resources) serveResources({ server, offer, visit });
  return server;
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
