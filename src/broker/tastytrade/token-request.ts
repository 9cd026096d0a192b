import { brokerError, faultError, readRefusal } from './broker-error.ts';
import { isSuccess } from './call.ts';
import type { Reply } from './call.ts';
import type { Http } from './http.ts';
import { readReply } from './read-reply.ts';
import { TransportFault } from './transport-fault.ts';
import { neverAborted } from './abort-error.ts';
import { wireAccessToken } from './wire/access-token.ts';
import type { BrokerGrant } from '../upstream.ts';
import { asGatewayError, GatewayError } from '../../core/errors.ts';
import type { Turn } from '../../core/turn.ts';

const TIMEOUT_MS = 10_000;

/** A token; a refusal that asking again with the same grant cannot change; or no answer that could be understood. */
export type TokenAnswer =
  | { readonly kind: 'granted'; readonly token: string; readonly lifeMs: number }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string | undefined }
  | { readonly kind: 'failed'; readonly error: GatewayError }
  /** This process is closing: it says nothing about the broker. */
  | { readonly kind: 'not-asked'; readonly error: GatewayError };

const WORDS: Readonly<Record<string, string>> = {
  'Grant revoked': 'the grant was revoked, or belongs to the other environment',
  'Client secret mismatch': 'the client secret does not belong to this grant',
  'Invalid JWT': 'the refresh token is not one',
};

/** The broker's words about a grant are matched against known ones, never passed on: they may hold what was sent. */
function whyRefused(reply: Reply): string | undefined {
  return Object.entries(WORDS).find(([known]) => reply.text.includes(known))?.[1];
}

/** All invalid grants are answered 400: waiting for a 401 would be to try a dead grant for ever. */
function isFinal(reply: Reply): boolean {
  return reply.status >= 400 && reply.status < 500 && reply.status !== 429 && readRefusal(reply) !== undefined;
}

/**
 * Without the answer's own words, which may hold what was sent; and never as `not_found`, which a caller would take
 * for the absence of what it asked for.
 */
function tokenFailure(reply: Reply): GatewayError {
  const told = brokerError({ status: reply.status, text: '' });
  if (told.code !== 'not_found') return told;
  return new GatewayError('broker_unavailable', 'The broker gives out no access tokens at the moment.');
}

function noAnswer(thrown: unknown): TokenAnswer {
  const isOurs = thrown instanceof TransportFault && thrown.kind === 'closed';
  return { kind: isOurs ? 'not-asked' : 'failed', error: asGatewayError(faultError(thrown)) };
}

/** One attempt at one access token, for a caller that has waited for its turn. Never throws. */
export async function requestToken(http: Http, grant: BrokerGrant, turn: Turn): Promise<TokenAnswer> {
  const body = { grant_type: 'refresh_token', refresh_token: grant.refreshToken, client_secret: grant.clientSecret };
  const call = { method: 'POST', path: '/oauth/token', body, endpoint: 'token' } as const;
  try {
    const reply = await http.dispatch(call, { signal: neverAborted(), timeoutMs: TIMEOUT_MS, turn });
    if (isFinal(reply)) return { kind: 'refused', status: reply.status, why: whyRefused(reply) };
    if (!isSuccess(reply)) return { kind: 'failed', error: tokenFailure(reply) };
    return { kind: 'granted', ...readReply(reply, wireAccessToken) };
  } catch (thrown) {
    return noAnswer(thrown);
  }
}
