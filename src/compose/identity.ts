import { DEV_AUDIENCE, DEV_ISSUER, type DevIssuer, openDevIssuer } from '../auth/dev-issuer.ts';
import { assertLoopback } from '../auth/loopback.ts';
import { createRemoteKeys } from '../auth/remote-keys.ts';
import type { Basics } from './tenancy.ts';
import type { AuthOptions } from '../transports/http/auth.ts';

/** Whose tokens are believed, and by which keys. */
export type Identity = {
  readonly auth: AuthOptions;
  /** Where clients get tokens; none for the development issuer, which prints its own. */
  readonly authorizationServers: readonly string[];
  readonly devIssuer?: DevIssuer;
};

/** Throws `config_invalid` when the development issuer would serve beyond loopback. */
export async function openIdentity({ config, clock, ids, log }: Basics): Promise<Identity> {
  const who = config.identity;
  if (who.kind === 'development') {
    assertLoopback(config.host);
    const devIssuer = await openDevIssuer({ dataDir: config.dataDir, clock, ids });
    const auth = { issuer: DEV_ISSUER, audience: DEV_AUDIENCE, keys: devIssuer.keys, clock };
    return { auth, devIssuer, authorizationServers: [] };
  }
  const { issuer, audience, jwksUrl } = who;
  const keys = createRemoteKeys({ issuer, fetch, clock, log, ...(jwksUrl === undefined ? {} : { jwksUrl }) });
  return { auth: { issuer, audience, keys, clock }, authorizationServers: [issuer] };
}
