import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { exportJWK, type JWK } from 'jose';
import type { Algorithm } from '../../src/auth/header-policy.ts';

export type SigningKey = {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
};

const make = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
} as const satisfies Record<Algorithm, () => { publicKey: KeyObject; privateKey: KeyObject }>;

export async function signingKey(alg: Algorithm, kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = make[alg]();
  return { alg, kid, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export function signInput(alg: Algorithm, input: string, key: KeyObject): Buffer {
  const data = Buffer.from(input);
  if (alg === 'EdDSA') return sign(null, data, key);
  if (alg === 'ES256') return sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  if (alg === 'RS256') return sign('sha256', data, key);
  const { RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } = constants;
  return sign('sha256', data, { key, padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST });
}

export const encode = (part: object | string | Buffer): string =>
  Buffer.from(Buffer.isBuffer(part) || typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** A signed token of exactly this header and payload, whatever they hold; texts go in as they are. */
export function compact(key: SigningKey, header: object | string | Buffer, payload: object | string | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signInput(key.alg, input, key.privateKey).toString('base64url')}`;
}
