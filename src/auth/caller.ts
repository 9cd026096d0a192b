import type { EpochMs } from '../core/clock.ts';
import type { Scope } from './scopes.ts';

/** Who is asking now, as a verified token says. Made once per request, from nothing else. */
export type Caller = {
  readonly issuer: string;
  readonly subject: string;
  /** The OAuth client the token was issued to, where it says. */
  readonly clientId?: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly expiresAt: EpochMs;
};
