import type { Clock } from '../core/clock.ts';
import type { Caller } from './caller.ts';
import { checkClaims, type TokenPolicy } from './claim-policy.ts';
import { checkHeader, type KeyName } from './header-policy.ts';
import { readToken } from './read-token.ts';
import { tokenRefusal } from './token-refusal.ts';

/** The issuer's public keys, as PEM. `undefined`: there is no such key. Throws `unauthenticated` when they cannot be had. */
export type KeySource = { find(name: KeyName): Promise<string | undefined> };

/** Whether a token is signed with this public key, by the algorithm that its header names. Never throws. */
export type CheckSignature = (token: string, publicKey: string) => boolean;

export type VerifyTokenDeps = {
  readonly policy: TokenPolicy;
  readonly keys: KeySource;
  readonly checkSignature: CheckSignature;
  readonly clock: Pick<Clock, 'now'>;
};

/**
 * Who holds a token. Throws `unauthenticated` with the reason in its details. The cheap checks come first, so that a
 * token that is refused anyway costs neither a fetch nor arithmetic; nobody gets a Caller before the signature is good.
 */
export async function verifyToken(
  token: string,
  { policy, keys, checkSignature, clock }: VerifyTokenDeps,
): Promise<Caller> {
  const { header, payload } = readToken(token);
  const name = checkHeader(header);
  const caller = checkClaims(payload, policy, clock.now());
  const key = await keys.find(name);
  if (key === undefined) throw tokenRefusal('unknown_key');
  if (!checkSignature(token, key)) throw tokenRefusal('signature');
  return caller;
}
