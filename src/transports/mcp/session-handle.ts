import { createCipheriv, createDecipheriv } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.ts';
import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Introduction } from './introduction.ts';

/** Whose session it is, and over which leg it is spoken. */
export type SessionOwner = {
  readonly issuer: string;
  readonly subject: string;
  readonly leg: 'streamable-http' | 'sse';
};

/** What a session's id itself says of the session. */
export type SessionHandle = {
  readonly bornAt: EpochMs;
  /** Absent where the client introduces itself inside the session, as on the SSE leg. */
  readonly introduction?: Introduction;
};

/** Turns handles into ids that nobody else can make, read or use. */
export type HandleSeal = {
  seal(handle: SessionHandle, owner: SessionOwner): string;
  /** `undefined` for an id that was made up, was changed, or is another owner's: they cannot be told apart. */
  open(id: string, owner: SessionOwner): SessionHandle | undefined;
};

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MAX_ID = 4096;
const ID = /^[\w-]+$/u;

/** `key`: 32 bytes, the same on every replica. An id is base64url of IV, sealed text and tag; the owner is bound into the tag. */
export function createHandleSeal(key: Uint8Array, ids: IdSource): HandleSeal {
  return {
    seal({ bornAt, introduction }, owner) {
      const iv = Buffer.from(ids.secret(IV_BYTES), 'base64url');
      const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(owner));
      const text = JSON.stringify([bornAt, introduction]);
      return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(id, owner) {
      if (id.length > MAX_ID || !ID.test(id)) return undefined;
      const bytes = Buffer.from(id, 'base64url');
      // One session has one id: what stands in the spare bits of the last character is no other name for it.
      if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== id) return undefined;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(boundTo(owner));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      const [bornAt, introduction] = JSON.parse(text.toString('utf8')) as [number, Introduction?];
      return { bornAt: epochMs(bornAt), ...(introduction ? { introduction } : {}) };
    },
  };
}

const boundTo = ({ issuer, subject, leg }: SessionOwner): Buffer =>
  Buffer.from(canonicalJson(['session', leg, issuer, subject]), 'utf8');
