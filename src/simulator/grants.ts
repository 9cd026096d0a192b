import { createHmac } from 'node:crypto';
import { readToken, signToken } from './signed-token.ts';

/** What a person would copy from the broker's developer page: good until it is revoked. */
export type Grant = { readonly clientSecret: string; readonly refreshToken: string };

export type GrantCheck =
  | { readonly kind: 'granted'; readonly customerId: string }
  | { readonly kind: 'refused'; readonly why: 'Grant revoked' | 'Client secret mismatch' | 'Invalid JWT' };

export type Grants = {
  /** The same for the same key and customer, always: nothing about it is stored. Throws a RangeError on a malformed id. */
  grantFor(customerId: string): Grant;
  check(presented: Grant): GrantCheck;
  revoke(customerId: string): void;
  restoreAll(): void;
  revoked(): readonly string[];
};

const CUSTOMER_ID = /^[a-z0-9][a-z0-9-]{0,63}$/u;
const ISSUER = 'https://api.simulator.invalid';
/** The real access and refresh tokens both carry the instant of the grant; ours is fixed so that the token is too. */
const GRANTED_AT_SECONDS = 1_767_225_600;

export function createGrants(grantKey: string): Grants {
  const revoked = new Set<string>();
  const derive = (purpose: string, id: string): string =>
    createHmac('sha256', grantKey).update(`${purpose}:${id}`).digest('hex').slice(0, 40);

  function grantFor(customerId: string): Grant {
    if (!CUSTOMER_ID.test(customerId)) throw new RangeError('A customer id is lower-case letters, digits and dashes');
    const claims = { iss: ISSUER, sub: customerId, aud: derive('client-id', customerId), iat: GRANTED_AT_SECONDS };
    return {
      clientSecret: derive('client-secret', customerId),
      refreshToken: signToken(grantKey, 'rt+jwt', claims),
    };
  }

  function check(presented: Grant): GrantCheck {
    const customerId = readToken(grantKey, 'rt+jwt', presented.refreshToken)?.['sub'];
    if (typeof customerId !== 'string') return { kind: 'refused', why: 'Invalid JWT' };
    if (revoked.has(customerId)) return { kind: 'refused', why: 'Grant revoked' };
    if (presented.clientSecret !== grantFor(customerId).clientSecret) {
      return { kind: 'refused', why: 'Client secret mismatch' };
    }
    return { kind: 'granted', customerId };
  }

  return {
    grantFor,
    check,
    revoke: (customerId) => void revoked.add(customerId),
    restoreAll: () => revoked.clear(),
    revoked: () => [...revoked],
  };
}
