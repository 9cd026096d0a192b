import { type FetchDeps, fetchObject } from './fetch-object.ts';
import type { JsonObject } from './strict-json.ts';

/**
 * Asks an issuer where its keys are: OpenID Connect Discovery first, then RFC 8414. The document must be the issuer's
 * own. Throws an Error when neither says so.
 */
export async function discoverJwksUrl(issuer: string, deps: FetchDeps): Promise<string> {
  const failures: unknown[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return readJwksUrl(await fetchObject(url, deps), issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'The issuer does not say where its keys are');
}

function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/u, '');
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

function readJwksUrl({ issuer: named, jwks_uri: jwksUri }: JsonObject, issuer: string): string {
  if (named !== issuer) throw new Error('Its metadata is that of another issuer');
  const url = typeof jwksUri === 'string' ? URL.parse(jwksUri) : null;
  if (url === null) throw new Error('Its metadata has no jwks_uri');
  // Keys that come over a weaker connection than the issuer's would undo it.
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && issuer.startsWith('http:'));
  if (!isSafe) throw new Error('Its keys are not behind https');
  return url.href;
}
