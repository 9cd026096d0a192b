import type { Clock, EpochMs } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import { readToken, signToken } from './signed-token.ts';

export type QuoteToken = { readonly token: string; readonly issuedAt: EpochMs; readonly expiresAt: EpochMs };

/** What opens the market data socket: 24 hours, for the customer it was issued to. */
export type QuoteTokens = {
  issue(customerId: string): QuoteToken;
  /** The customer of a token that is still good. */
  customerOf(token: string): string | undefined;
};

const LIFETIME_MS = 24 * 60 * 60 * 1000;

export function createQuoteTokens(options: { key: string; clock: Clock; ids: IdSource }): QuoteTokens {
  const { key, clock, ids } = options;
  return {
    issue(customerId) {
      const issuedAt = clock.now();
      const expiresAt = (issuedAt + LIFETIME_MS) as EpochMs;
      const token = signToken(key, 'qt+jwt', { sub: customerId, exp: expiresAt, jti: ids.uuid() });
      return { token, issuedAt, expiresAt };
    },
    customerOf(token) {
      const claims = readToken(key, 'qt+jwt', token);
      const { sub, exp } = { sub: claims?.['sub'], exp: claims?.['exp'] };
      return typeof sub === 'string' && typeof exp === 'number' && exp > clock.now() ? sub : undefined;
    },
  };
}
