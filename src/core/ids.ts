import { randomBytes, randomUUID } from 'node:crypto';

/** Every random value of the program comes from here, so that a test can seed it. */
export type IdSource = {
  /** A fresh UUID: unique, but guessable enough never to be a secret. */
  uuid(): string;
  /** `bytes` (32 unless told) of cryptographic randomness as base64url: for whatever must not be guessed. */
  secret(bytes?: number): string;
  /** A number in [0, 1), for jitter. */
  fraction(): number;
};

const FRACTION_BYTES = 6;

export const systemIds: IdSource = {
  uuid: () => randomUUID(),
  secret: (bytes = 32) => randomBytes(bytes).toString('base64url'),
  fraction: () => randomBytes(FRACTION_BYTES).readUIntBE(0, FRACTION_BYTES) / 2 ** (FRACTION_BYTES * 8),
};
