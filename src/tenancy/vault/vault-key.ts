import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import { openSecretFile } from '../../core/secret-file.ts';

/** The key that wraps all data keys. `id` tells keys apart and gives nothing away. */
export type VaultKey = { readonly id: string; readonly bytes: Buffer };

export type VaultKeyOptions = {
  /** 32 bytes as base64 or hex; absent: the key kept in the data folder, made when there is none. */
  readonly vaultKey?: string;
  readonly dataDir: string;
  readonly ids: IdSource;
};

const KEY_BYTES = 32;
const FILE_NAME = 'vault.key';
const HEX = /^[0-9a-fA-F]{64}$/u;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/u;

/** Throws `config_invalid` when the key is not 32 bytes of base64 or hex. */
export async function openVaultKey({ vaultKey, dataDir, ids }: VaultKeyOptions): Promise<VaultKey> {
  if (vaultKey !== undefined) return parse(vaultKey, 'VAULT_KEY');
  const path = join(dataDir, FILE_NAME);
  return parse(await openSecretFile(path, () => ids.secret(KEY_BYTES), ids), `The file ${path}`);
}

function parse(text: string, source: string): VaultKey {
  const trimmed = text.trim();
  const bytes = HEX.test(trimmed) ? Buffer.from(trimmed, 'hex') : decodeBase64(trimmed);
  if (bytes === undefined) {
    throw new GatewayError('config_invalid', `${source} must hold a key of 32 bytes, as base64 or hex.`, {
      advice: 'Make one with: openssl rand -base64 32',
    });
  }
  return { id: createHash('sha256').update('tasty-gateway vault key').update(bytes).digest('hex').slice(0, 16), bytes };
}

function decodeBase64(text: string): Buffer | undefined {
  if (!BASE64.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  const canonical = bytes.toString('base64url') === text.replace('=', '').replaceAll('+', '-').replaceAll('/', '_');
  return bytes.length === KEY_BYTES && canonical ? bytes : undefined;
}
