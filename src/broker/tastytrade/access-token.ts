import { createHash } from 'node:crypto';
import { faultError, readRefusal } from './broker-error.ts';
import { isSuccess } from './call.ts';
import type { Reply } from './call.ts';
import type { Http } from './http.ts';
import { readReply } from './read-reply.ts';
import { neverAborted, untilAborted } from './until-aborted.ts';
import { wireAccessToken } from './wire/access-token.ts';
import type { CallOptions } from '../broker.ts';
import type { BrokerGrant, Upstream } from '../upstream.ts';
import { asGatewayError, GatewayError } from '../../core/errors.ts';
import { createSingleFlight } from '../../core/single-flight.ts';

const TOKEN_TIMEOUT_MS = 10_000;
const MAX_MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.1;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** A broker that refuses even the renewed token is not asked for yet another one before this has passed. */
const REFUSED_PAUSE_MS = 10_000;

/** The tenant's access token, in memory only. */
export type AccessTokens = {
  /** A token with life left. Throws `reconnect_needed`, or why none could be had. */
  current(options: CallOptions): Promise<string>;
  /** Says that the broker took this token. */
  worked(token: string): void;
  /** Says that the broker refused this token. True when a new attempt with `current` is worth making. */
  refused(token: string): boolean;
};

type Held = { readonly token: string; readonly renewAtMs: number; readonly endsAtMs: number };

/** All that is kept of a grant that the broker refused: enough to know it again, not to use it. */
function digestOf(grant: BrokerGrant): string {
  return createHash('sha256').update(JSON.stringify([grant.clientSecret, grant.refreshToken])).digest('base64url');
}

const WORDS: Readonly<Record<string, string>> = {
  'Grant revoked': 'the grant was revoked, or belongs to the other environment',
  'Client secret mismatch': 'the client secret does not belong to this grant',
  'Invalid JWT': 'the refresh token is not one',
};

function reconnectNeeded(why?: string): GatewayError {
  return new GatewayError('reconnect_needed', 'The broker no longer accepts this login.', {
    advice: 'Create a new grant at the broker and connect the account again.',
    ...(why === undefined ? {} : { details: { why } }),
  });
}

/** The broker's words about a grant are matched against known ones, never passed on: they may hold what was sent. */
function whyRefused(reply: Reply): string | undefined {
  return Object.entries(WORDS).find(([known]) => reply.text.includes(known))?.[1];
}

/** A refusal that asking again with the same grant cannot change. */
function isFinal(reply: Reply): boolean {
  return reply.status >= 400 && reply.status < 500 && reply.status !== 429 && readRefusal(reply) !== undefined;
}

export function createAccessTokens(upstream: Upstream, http: Http): AccessTokens {
  const { clock, observer, log, loadGrant } = upstream;
  const share = createSingleFlight<string>();
  let held: Held | undefined;
  let parkedDigest: string | undefined;
  let failures = 0;
  let pausedUntilMs = Number.NEGATIVE_INFINITY;
  let lastFailure: GatewayError | undefined;
  /** When a token was given up because the broker refused it, until its successor has worked. */
  let refusedAtMs: number | undefined;

  async function ask(grant: BrokerGrant): Promise<Reply> {
    const body = { grant_type: 'refresh_token', refresh_token: grant.refreshToken, client_secret: grant.clientSecret };
    try {
      return await http.attempt(
        { method: 'POST', path: '/oauth/token', body, endpoint: 'token' },
        { signal: neverAborted(), timeoutMs: TOKEN_TIMEOUT_MS },
      );
    } catch (error) {
      throw faultError(error);
    }
  }

  function park(grant: BrokerGrant, reply: Reply): never {
    parkedDigest = digestOf(grant);
    held = undefined;
    observer.tokenRefresh('refused');
    log.warn({ status: reply.status }, 'The broker refused the grant; no further attempt until there is another');
    throw reconnectNeeded(whyRefused(reply));
  }

  function keep(reply: Reply, askedAtMs: number): string {
    const { token, lifeMs } = readReply(reply, wireAccessToken);
    const marginMs = Math.min(MAX_MARGIN_MS, lifeMs * MARGIN_SHARE);
    held = { token, renewAtMs: askedAtMs + lifeMs - marginMs, endsAtMs: askedAtMs + lifeMs };
    parkedDigest = undefined;
    failures = 0;
    observer.tokenRefresh('ok');
    return token;
  }

  /** The first failure may be a blip; after that each one doubles the pause. */
  function rememberFailure(thrown: unknown): GatewayError {
    const error = asGatewayError(thrown);
    if (error.code === 'reconnect_needed') return error;
    const pauseMs = failures === 0 ? 0 : Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    failures += 1;
    pausedUntilMs = clock.monotonicMs() + pauseMs;
    lastFailure = error;
    observer.tokenRefresh('failed');
    return error;
  }

  async function renew(): Promise<string> {
    if (lastFailure !== undefined && clock.monotonicMs() < pausedUntilMs) throw lastFailure;
    try {
      const grant = await loadGrant();
      if (parkedDigest !== undefined && parkedDigest === digestOf(grant)) throw reconnectNeeded();
      const askedAtMs = clock.monotonicMs();
      const reply = await ask(grant);
      if (!isSuccess(reply) && isFinal(reply)) return park(grant, reply);
      return keep(reply, askedAtMs);
    } catch (error) {
      throw rememberFailure(error);
    }
  }

  /** A renewal ahead of time that fails leaves a token that still works. */
  async function renewOrKeep(options: CallOptions): Promise<string> {
    try {
      return await untilAborted(share('token', renew), options.signal);
    } catch (error) {
      if (options.signal.aborted || asGatewayError(error).code === 'reconnect_needed') throw error;
      if (held === undefined || clock.monotonicMs() >= held.endsAtMs) throw error;
      return held.token;
    }
  }

  return {
    current: async (options) =>
      held !== undefined && clock.monotonicMs() < held.renewAtMs ? held.token : renewOrKeep(options),
    worked(token) {
      if (held?.token === token) refusedAtMs = undefined;
    },
    refused(token) {
      if (held?.token !== token) return true;
      const nowMs = clock.monotonicMs();
      if (refusedAtMs !== undefined && nowMs - refusedAtMs < REFUSED_PAUSE_MS) return false;
      refusedAtMs = nowMs;
      held = undefined;
      return true;
    },
  };
}
