import { isClaimText } from './claim-text.ts';
import type { JsonObject } from './strict-json.ts';
import { tokenRefusal } from './token-refusal.ts';

/** Asymmetric ones only: with a shared secret, whoever can check a token could make one. */
export const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** What the signature is to be checked with. */
export type KeyName = { readonly alg: Algorithm; readonly kid: string };

/** RFC 9068's own type, and the one that most identity providers write. Compared without case and `application/`. */
const TYPES = new Set(['at+jwt', 'jwt']);
/** All others are refused: those that bring a key (`jku`, `jwk`, `x5u`, `x5c`), nest (`cty`, `enc`) or change the rules (`crit`, `b64`). */
const MEMBERS = new Set(['alg', 'kid', 'typ', 'x5t', 'x5t#S256']);

/** Throws `unauthenticated` unless the header names one accepted algorithm, one key and an access token's type. */
export function checkHeader(header: JsonObject): KeyName {
  const { alg, kid, typ } = header;
  if (!isAlgorithm(alg)) throw tokenRefusal('algorithm');
  if (!Object.keys(header).every((name) => MEMBERS.has(name)) || !isClaimText(kid)) throw tokenRefusal('header');
  if (typeof typ !== 'string' || !TYPES.has(typ.toLowerCase().replace(/^application\//u, '')))
    throw tokenRefusal('type');
  return { alg, kid };
}

export function isAlgorithm(value: unknown): value is Algorithm {
  return (ALGORITHMS as readonly unknown[]).includes(value);
}
