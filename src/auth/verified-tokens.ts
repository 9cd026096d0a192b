import { createHash } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import type { Caller } from './caller.ts';
import { CLOCK_TOLERANCE_MS } from './claim-policy.ts';

/** Callers of tokens that were verified a moment ago. */
export type VerifiedTokens = {
  get(token: string): Caller | undefined;
  put(token: string, caller: Caller): void;
};

type Verified = { readonly caller: Caller; readonly atMs: number };

const MAX_AGE_MS = 60_000;
const MAX_KEPT = 5000;

/** Keeps a verdict for a minute, and never past the token's end. Known by the full hash of the token, which is not kept. */
export function createVerifiedTokens(clock: Clock): VerifiedTokens {
  const kept = new Map<string, Verified>();
  return {
    get(token) {
      const key = fingerprint(token);
      const verified = kept.get(key);
      if (verified === undefined) return undefined;
      const { caller, atMs } = verified;
      if (clock.monotonicMs() - atMs < MAX_AGE_MS && clock.now() < caller.expiresAt + CLOCK_TOLERANCE_MS) return caller;
      kept.delete(key);
      return undefined;
    },
    put(token, caller) {
      const [oldest] = kept.keys();
      if (oldest !== undefined && kept.size >= MAX_KEPT) kept.delete(oldest);
      kept.set(fingerprint(token), { caller, atMs: clock.monotonicMs() });
    },
  };
}

const fingerprint = (token: string): string => createHash('sha256').update(token).digest('base64');
