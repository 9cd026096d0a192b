import { DEV_ISSUER, type DevIssuer } from '../auth/dev-issuer.ts';
import type { Scope } from '../auth/scopes.ts';
import { GatewayError } from '../core/errors.ts';
import type { Registry } from './registry.ts';

export type DevTokenRequest = { readonly tenant: string; readonly scopes: Iterable<Scope> };

/**
 * A development token that acts for a tenant, given by name. Its subject is the tenant's id, so that it is worth nothing
 * for a later tenant of the same name. Throws `not_found`, or `forbidden` for a disabled tenant.
 */
export async function issueDevToken(
  deps: { registry: Registry; devIssuer: DevIssuer },
  request: DevTokenRequest,
): Promise<string> {
  const { registry, devIssuer } = deps;
  const { tenant: found } = await registry.show(request.tenant);
  if (found.status === 'disabled') {
    throw new GatewayError('forbidden', 'This tenant is disabled: a token for it would open nothing.', {
      advice: `Enable it first: tenant enable ${found.name}`,
    });
  }
  await registry.bind(found.name, { issuer: DEV_ISSUER, subject: found.id });
  return devIssuer.issue({ subject: found.id, scopes: request.scopes });
}
