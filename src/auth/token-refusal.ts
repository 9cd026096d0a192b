import { GatewayError } from '../core/errors.ts';

/** Why a token is refused, in words fit for the `error_description` of a challenge: plain ASCII, nothing of the token. */
const REASONS = {
  missing: 'This call needs a bearer token.',
  malformed: 'The token is not a well-formed JWT.',
  header: 'The token has a header that is not accepted here.',
  algorithm: 'The token is not signed with an accepted algorithm.',
  type: 'The token is not an access token.',
  issuer: 'The token comes from another issuer.',
  audience: 'The token was issued for another service.',
  expired: 'The token has expired.',
  not_yet_valid: 'The token is not valid yet.',
  lifetime: 'The token has no acceptable lifetime.',
  subject: 'The token does not say whose it is.',
  client: 'The token does not say properly to which client it was issued.',
  scope: 'The scopes of the token are malformed.',
  binding: 'The token may only be used with a proof of possession, which is not supported.',
  unknown_key: 'The token is signed with an unknown key.',
  keys_unavailable: 'The signing keys of the issuer cannot be fetched at the moment.',
  signature: 'The signature of the token is wrong.',
} as const;

export type RefusalReason = keyof typeof REASONS;

/** `unauthenticated`, with the reason in its details. */
export function tokenRefusal(reason: RefusalReason, cause?: unknown): GatewayError {
  return new GatewayError('unauthenticated', REASONS[reason], {
    details: { reason },
    advice: 'Get a fresh access token for this service and send it as `Authorization: Bearer ...`.',
    ...(cause === undefined ? {} : { cause }),
  });
}
