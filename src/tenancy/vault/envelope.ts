import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { IdSource } from '../../core/ids.ts';
import type { VaultKey } from './vault-key.ts';

/** What a sealed text belongs to. It opens for exactly the same place and for no other. */
export type SealedFor = {
  readonly tenant: string;
  readonly environment: string;
  readonly field: string;
  /** Of the tenant's credentials: goes up with every change. */
  readonly version: number;
};

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/u;

/**
 * Envelope encryption: the text under a data key of its own, and that key under the vault key; both bound to their
 * place. The answer is `v1.<wrapped data key>.<ciphertext>`, each part base64url of IV, ciphertext and tag.
 */
export function seal(text: string, place: SealedFor, { key, ids }: { key: VaultKey; ids: IdSource }): string {
  const dataKey = randomBytes(ids, KEY_BYTES);
  const clear = Buffer.from(text, 'utf8');
  try {
    const aad = bindTo(place, key.id);
    const wrapped = encrypt(dataKey, { key: key.bytes, iv: randomBytes(ids, IV_BYTES), aad: `key|${aad}` });
    const sealed = encrypt(clear, { key: dataKey, iv: randomBytes(ids, IV_BYTES), aad });
    return `v1.${wrapped.toString('base64url')}.${sealed.toString('base64url')}`;
  } finally {
    dataKey.fill(0);
    clear.fill(0);
  }
}

/** The text that was sealed, or `undefined` when it was sealed for another place or key, or has been changed. */
export function unseal(sealed: string, place: SealedFor, key: VaultKey): string | undefined {
  const [, wrapped, body] = SEALED.exec(sealed) ?? [];
  if (wrapped === undefined || body === undefined) return undefined;
  const aad = bindTo(place, key.id);
  const dataKey = decrypt(wrapped, key.bytes, `key|${aad}`);
  if (dataKey?.length !== KEY_BYTES) return undefined;
  const clear = decrypt(body, dataKey, aad);
  const text = clear?.toString('utf8');
  dataKey.fill(0);
  clear?.fill(0);
  return text;
}

function bindTo({ tenant, environment, field, version }: SealedFor, keyId: string): string {
  return ['v1', tenant, environment, field, keyId, String(version)].join('|');
}

function randomBytes(ids: IdSource, count: number): Buffer {
  return Buffer.from(ids.secret(count), 'base64url');
}

function encrypt(clear: Buffer, { key, iv, aad }: { key: Buffer; iv: Buffer; aad: string }): Buffer {
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(aad, 'utf8'));
  return Buffer.concat([iv, cipher.update(clear), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(part: string, key: Buffer, aad: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(aad, 'utf8'));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const clear = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return clear;
  } catch {
    clear.fill(0);
    return undefined;
  }
}
