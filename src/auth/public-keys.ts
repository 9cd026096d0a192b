import { createPublicKey, type KeyObject } from 'node:crypto';
import { isClaimText } from './claim-text.ts';
import { type Algorithm, ALGORITHMS, type KeyName } from './header-policy.ts';
import type { JsonObject } from './strict-json.ts';

const MIN_RSA_BITS = 2048;
const MIN_RSA_EXPONENT = 65_537n;
const MAX_KEYS = 100;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The keys of a JWK set that tokens may be signed with, as PEM by `keyId`. */
export type PublicKeys = ReadonlyMap<string, string>;

export const keyId = ({ alg, kid }: KeyName): string => `${alg} ${kid}`;

/**
 * Reads a JWK set. Keys for something else, weak ones, and private ones that should never have been published are left
 * out, as are two of the same name: which of them is meant cannot be told. `undefined` when it is no JWK set.
 */
export function readPublicKeys(set: JsonObject): PublicKeys | undefined {
  const { keys } = set;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
  const found = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const [id, pem] of keys.flatMap(readKey)) {
    if (found.has(id) && found.get(id) !== pem) ambiguous.add(id);
    found.set(id, pem);
  }
  for (const id of ambiguous) found.delete(id);
  return found;
}

function readKey(jwk: unknown): readonly (readonly [string, string])[] {
  if (!isJwk(jwk)) return [];
  const { kid, alg, use, key_ops: operations } = jwk;
  if (!isClaimText(kid) || (use !== undefined && use !== 'sig')) return [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return [];
  if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return [];
  const key = importKey(jwk);
  if (key === undefined) return [];
  const pem = key.export({ type: 'spki', format: 'pem' }).toString();
  const algorithms = fitting(key).filter((algorithm) => alg === undefined || alg === algorithm);
  return algorithms.map((algorithm) => [keyId({ alg: algorithm, kid }), pem] as const);
}

function isJwk(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function importKey(jwk: JsonObject): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** The accepted algorithms that a key of this kind and strength serves. */
function fitting(key: KeyObject): readonly Algorithm[] {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  const isStrong = modulusLength >= MIN_RSA_BITS && publicExponent >= MIN_RSA_EXPONENT;
  const fits: Record<Algorithm, boolean> = {
    RS256: key.asymmetricKeyType === 'rsa' && isStrong,
    PS256: key.asymmetricKeyType === 'rsa' && isStrong,
    ES256: key.asymmetricKeyType === 'ec' && namedCurve === 'prime256v1',
    EdDSA: key.asymmetricKeyType === 'ed25519',
  };
  return ALGORITHMS.filter((algorithm) => fits[algorithm]);
}
