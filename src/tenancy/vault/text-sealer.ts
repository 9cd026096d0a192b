import type { IdSource } from '../../core/ids.ts';
import { type SealedFor, seal, unseal } from './envelope.ts';

/** Seals short-lived texts for whoever has the same derived key, each bound to its place. */
export type TextSealer = {
  seal(text: string, place: SealedFor): string;
  /** `undefined` when it was sealed for another place or under another key, or has been changed. */
  open(sealed: string, place: SealedFor): string | undefined;
};

/** `bytes` are a key derived for `purpose` alone: 32 of them. */
export function createTextSealer(purpose: string, bytes: Uint8Array, ids: IdSource): TextSealer {
  const key = { id: purpose, bytes: Buffer.from(bytes) };
  return {
    seal: (text, place) => seal(text, place, { key, ids }),
    open: (sealed, place) => unseal(sealed, place, key),
  };
}
