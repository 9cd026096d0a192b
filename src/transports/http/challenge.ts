import type { Caller } from '../../auth/caller.ts';
import { SCOPES } from '../../auth/scopes.ts';
import type { Scope } from '../../auth/scopes.ts';
import { GatewayError } from '../../core/errors.ts';

/** The scopes a client should ask for when it knows nothing better. `admin` is never suggested. */
export const SUGGESTED_SCOPES: readonly Scope[] = ['read', 'trade'];

const METADATA_PATH = '/.well-known/oauth-protected-resource';

/** Where RFC 9728 puts the metadata of the resource `/mcp`, and the root form that some clients try. */
export const METADATA_PATHS = [`${METADATA_PATH}/mcp`, METADATA_PATH] as const;

type Refused = { readonly publicUrl: string; readonly error: GatewayError; readonly hasToken: boolean };

/** The WWW-Authenticate header of a refusal (RFC 6750, RFC 9728); `undefined` where a token would not help. */
export function challengeFor({ publicUrl, error, hasToken }: Refused): string | undefined {
  const metadata = `resource_metadata="${publicUrl}${METADATA_PATHS[0]}"`;
  if (error.code === 'unauthenticated') {
    // RFC 6750: whoever brought no token is told what is needed, not that something was wrong.
    const fault = hasToken ? `error="invalid_token", error_description="${headerSafe(error.message)}", ` : '';
    return `Bearer ${fault}scope="${SUGGESTED_SCOPES.join(' ')}", ${metadata}`;
  }
  if (error.code !== 'insufficient_scope') return undefined;
  const description = headerSafe(error.message);
  const wanted = error.details?.['scope'];
  const scope = typeof wanted === 'string' ? wanted : '';
  return `Bearer error="insufficient_scope", error_description="${description}", scope="${scope}", ${metadata}`;
}

/** The refusal of a call that needs `scope`. It names the caller's own scopes too, so that a new token keeps them. */
export function insufficientScope(caller: Caller, scope: Scope): GatewayError {
  const wanted = SCOPES.filter((known) => known === scope || caller.scopes.has(known));
  return new GatewayError('insufficient_scope', `This call needs the scope ${scope}, which the token does not have.`, {
    details: { neededScope: scope, scope: wanted.join(' ') },
    advice: `Ask for a token with the scopes: ${wanted.join(' ')}.`,
  });
}

const headerSafe = (text: string): string => text.replaceAll(/[^\x20-\x7e]|["\\]/gu, "'");
