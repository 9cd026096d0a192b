import { createHash } from 'node:crypto';
import { createFailurePause } from './failure-pause.ts';
import type { Http } from './http.ts';
import { requestToken } from './token-request.ts';
import type { TokenAnswer } from './token-request.ts';
import { abortable } from '../../core/abortable.ts';
import type { CallOptions } from '../broker.ts';
import type { BrokerGrant, Upstream } from '../upstream.ts';
import { asGatewayError, GatewayError } from '../../core/errors.ts';
import { createSingleFlight } from '../../core/single-flight.ts';

const MAX_MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.1;
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
  return createHash('sha256')
    .update(JSON.stringify([grant.clientSecret, grant.refreshToken]))
    .digest('base64url');
}

function reconnectNeeded(why?: string): GatewayError {
  return new GatewayError('reconnect_needed', 'The broker no longer accepts this login.', {
    advice: 'Create a new grant at the broker and connect the account again.',
    ...(why === undefined ? {} : { details: { why } }),
  });
}

/** Asks for tokens: one call for any number of callers, none with a grant that the broker has refused before. */
function createRenewal(upstream: Upstream, http: Http) {
  const { clock, observer, log, loadGrant } = upstream;
  const pause = createFailurePause(clock);
  let parked: { readonly digest: string; readonly why: string | undefined } | undefined;

  function refuse(grant: BrokerGrant, answer: Extract<TokenAnswer, { kind: 'refused' }>): never {
    parked = { digest: digestOf(grant), why: answer.why };
    observer.tokenRefresh('refused');
    log.warn({ status: answer.status }, 'The broker refused the grant; no further attempt until there is another');
    throw reconnectNeeded(answer.why);
  }

  async function ask(): Promise<Held> {
    const grant = await loadGrant();
    if (parked?.digest === digestOf(grant)) throw reconnectNeeded(parked.why);
    const askedAtMs = clock.monotonicMs();
    const answer = await requestToken(http, grant);
    if (answer.kind === 'refused') return refuse(grant, answer);
    const endsAtMs = askedAtMs + answer.lifeMs;
    const marginMs = Math.min(MAX_MARGIN_MS, answer.lifeMs * MARGIN_SHARE);
    return { token: answer.token, renewAtMs: endsAtMs - marginMs, endsAtMs };
  }

  return async function renew(): Promise<Held> {
    pause.check();
    try {
      const held = await ask();
      parked = undefined;
      pause.worked();
      observer.tokenRefresh('ok');
      return held;
    } catch (thrown) {
      const error = asGatewayError(thrown);
      if (error.code === 'reconnect_needed') throw error;
      pause.failed(error);
      observer.tokenRefresh('failed');
      throw error;
    }
  };
}

export function createAccessTokens(upstream: Upstream, http: Http): AccessTokens {
  const { clock } = upstream;
  const renew = createRenewal(upstream, http);
  const share = createSingleFlight<Held>();
  let held: Held | undefined;
  /** When a token was given up because the broker refused it, until its successor has worked. */
  let refusedAtMs: number | undefined;

  async function renewed(): Promise<Held> {
    try {
      held = await renew();
      return held;
    } catch (error) {
      const isEarly = held !== undefined && clock.monotonicMs() < held.endsAtMs;
      // A renewal ahead of time that fails leaves a token that still works, unless the grant itself is gone.
      if (held !== undefined && isEarly && asGatewayError(error).code !== 'reconnect_needed') return held;
      held = undefined;
      throw error;
    }
  }

  return {
    async current(options) {
      if (held !== undefined && clock.monotonicMs() < held.renewAtMs) return held.token;
      return (await abortable(share('token', renewed), options.signal)).token;
    },
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
