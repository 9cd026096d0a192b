import { createHmac } from 'node:crypto';
import type { VaultKey } from './vault-key.ts';

/** A key of its own for each purpose, the same wherever the vault key is. 32 bytes, and no way back to the vault key. */
export function deriveKey(key: VaultKey, purpose: string): Uint8Array {
  return createHmac('sha256', key.bytes).update(`tasty-gateway ${purpose}`).digest();
}
