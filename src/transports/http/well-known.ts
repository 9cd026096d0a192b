import type { FastifyInstance } from 'fastify';
import { METADATA_PATHS, SUGGESTED_SCOPES } from './challenge.ts';

export type WellKnownOptions = {
  readonly publicUrl: string;
  /** Issuers whose tokens are accepted here. */
  readonly authorizationServers: readonly string[];
};

/** Tells clients where to get a token (RFC 9728), at the path of /mcp and at the root. */
export function registerWellKnown(app: FastifyInstance, { publicUrl, authorizationServers }: WellKnownOptions): void {
  const metadata = JSON.stringify({
    resource: `${publicUrl}/mcp`,
    resource_name: 'tasty-gateway',
    authorization_servers: authorizationServers,
    scopes_supported: SUGGESTED_SCOPES,
    bearer_methods_supported: ['header'],
  });
  for (const path of METADATA_PATHS) {
    app.get(path, async (_, reply) =>
      reply.type('application/json').header('cache-control', 'public, max-age=300').send(metadata),
    );
  }
}
