import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { IdSource } from '../core/ids.ts';
import { openSecretFile } from '../core/secret-file.ts';
import { keyId, readPublicKeys } from './public-keys.ts';
import type { Scope } from './scopes.ts';
import type { JsonObject } from './strict-json.ts';
import type { KeySource } from './verify-token.ts';

/** `iss` and `aud` of all that the development issuer signs. They mean nothing outside this data folder. */
export const DEV_ISSUER = 'urn:tasty-gateway:development';
export const DEV_AUDIENCE = 'urn:tasty-gateway:local';

export type TokenRequest = { readonly subject: string; readonly scopes: Iterable<Scope> };

/** Signs tokens for people who try the gateway on their own machine. Whoever reads the data folder can do the same. */
export type DevIssuer = {
  readonly keys: KeySource;
  /** A JWK set: `{ keys: […] }`. */
  readonly jwks: JsonObject;
  /** An access token (RFC 9068) that is good for thirty days. */
  issue(request: TokenRequest): string;
};

export type DevIssuerDeps = { readonly dataDir: string; readonly clock: Clock; readonly ids: IdSource };

const FILE_NAME = 'dev-issuer.key';
const SEED_BYTES = 32;
/** PKCS #8 around an Ed25519 seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const LIFETIME_SECONDS = 30 * 86_400;

/** The issuer of a data folder, the same for every process that shares it. Makes its key when there is none. */
export async function openDevIssuer({ dataDir, clock, ids }: DevIssuerDeps): Promise<DevIssuer> {
  const path = join(dataDir, FILE_NAME);
  const privateKey = importSeed(await openSecretFile(path, () => ids.secret(SEED_BYTES), ids), path);
  const jwk = publicJwk(privateKey);
  const jwks = { keys: [jwk] };
  const known = readPublicKeys(jwks);
  return {
    jwks,
    keys: { find: (name) => Promise.resolve(known?.get(keyId(name))) },
    issue({ subject, scopes }) {
      const iat = Math.floor(clock.now() / 1000);
      const claims = {
        iss: DEV_ISSUER,
        aud: DEV_AUDIENCE,
        sub: subject,
        client_id: 'tasty-gateway',
        scope: [...scopes].join(' '),
        iat,
        exp: iat + LIFETIME_SECONDS,
        jti: ids.uuid(),
      };
      return signToken({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid }, claims, privateKey);
    },
  };
}

function importSeed(text: string, path: string): KeyObject {
  const seed = Buffer.from(text.trim(), 'base64url');
  if (seed.length === SEED_BYTES) {
    return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  }
  throw new GatewayError('config_invalid', `The file ${path} does not hold the key of the development issuer.`, {
    advice: 'Remove the file to have a new key made; tokens signed with the old one stop working.',
  });
}

function publicJwk(privateKey: KeyObject): { readonly kid: string; readonly [name: string]: unknown } {
  const { crv, kty, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  // RFC 7638: the hash of exactly these members in this order.
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
  return { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' };
}

function signToken(header: JsonObject, claims: JsonObject, key: KeyObject): string {
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  const input = parts.join('.');
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`;
}
