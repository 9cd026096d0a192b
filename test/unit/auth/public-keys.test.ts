import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { exportJWK, type JWK } from 'jose';
import { ALGORITHMS } from '../../../src/auth/header-policy.ts';
import { readPublicKeys } from '../../../src/auth/public-keys.ts';
import { signingKey } from '../../support/token-keys.ts';

const all = await Promise.all(ALGORITHMS.map((alg) => signingKey(alg, alg)));
const [rsa, , ec, ed] = all.map((key) => key.publicJwk) as [JWK, JWK, JWK, JWK];
const names = (...keys: unknown[]): string[] => [...(readPublicKeys({ keys })?.keys() ?? ['no set'])];
const without = (jwk: JWK, ...members: string[]): JWK =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !members.includes(name)));
const publicJwk = (pair: { publicKey: Parameters<typeof exportJWK>[0] }): Promise<JWK> => exportJWK(pair.publicKey);

describe('public keys', () => {
  it('reads one key of each kind', () => {
    expect(names(...all.map((key) => key.publicJwk))).toEqual(ALGORITHMS.map((alg) => `${alg} ${alg}`));
  });

  it('takes a key that does not name its algorithm for those that fit it', () => {
    expect(names(without(rsa, 'alg'))).toEqual(['RS256 RS256', 'PS256 RS256']);
    expect(names(without(ec, 'alg'))).toEqual(['ES256 ES256']);
    expect(names(without(ed, 'alg', 'use'))).toEqual(['EdDSA EdDSA']);
  });

  it.each<[string, unknown]>([
    ['no object', 'key'],
    ['null', null],
    ['a key for encryption', { ...rsa, use: 'enc' }],
    ['a key that only signs', { ...rsa, key_ops: ['sign'] }],
    ['a key without a name', without(rsa, 'kid')],
    ['a key with a number for a name', { ...rsa, kid: 1 }],
    ['a key with an empty name', { ...rsa, kid: '' }],
    ['a key of another algorithm', { ...rsa, alg: 'RS512' }],
    ['a key of an algorithm that does not fit', { ...rsa, alg: 'ES256' }],
    ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'x', alg: 'HS256' }],
    ['a private key', { ...all[3]?.privateKey.export({ format: 'jwk' }), kid: 'x' }],
    ['a key with damaged numbers', { ...ec, x: 'AAAA' }],
    ['an unknown kind', { ...rsa, kty: 'XYZ' }],
  ])('leaves out %s', (_, key) => {
    expect(names(key)).toEqual([]);
  });

  it('leaves out weak and foreign curves and moduli', async () => {
    const short = await publicJwk(generateKeyPairSync('rsa', { modulusLength: 1024 }));
    const cubic = await publicJwk(generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }));
    const p384 = await publicJwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
    const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey.export({ format: 'jwk' });
    const ed448 = generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' });
    for (const weak of [short, cubic, p384, k256, ed448]) expect(names({ ...weak, kid: 'k' })).toEqual([]);
    expect(names({ ...rsa, e: 'AQ' })).toEqual([]);
  });

  it('leaves out two different keys of one name, and takes one that comes twice', async () => {
    const other = await signingKey('EdDSA', 'EdDSA');
    expect(names(ed, other.publicJwk, ec)).toEqual(['ES256 ES256']);
    expect(names(ed, ed)).toEqual(['EdDSA EdDSA']);
  });

  it('knows what is no set of keys', () => {
    for (const set of [{}, { keys: null }, { keys: 'x' }, { keys: { 0: ed } }])
      expect(readPublicKeys(set)).toBeUndefined();
  });
});
