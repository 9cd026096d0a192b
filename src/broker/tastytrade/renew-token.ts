import { createHash } from 'node:crypto';
import { neverAborted } from './abort-error.ts';
import type { Http } from './http.ts';
import { requestToken } from './token-request.ts';
import type { TokenAnswer } from './token-request.ts';
import type { RenewalEnd, RenewalRight, SharedToken, TokenNews } from '../shared-tokens.ts';
import type { BrokerGrant, Upstream } from '../upstream.ts';
import { GatewayError } from '../../core/errors.ts';

/** Longer than whoever has the right may take: at most a minute for its turn, and then the broker's answer. */
const PATIENCE_MS = 120_000;

export type RenewalNeed = {
  /** Whether a token that another replica got will do. */
  isGood(token: SharedToken): boolean;
  /** There is one that still works: nobody waits for another replica's. */
  hasSpare(): boolean;
  /** The one before was refused by the broker. */
  isReplacing(): boolean;
};

/** A good token, whoever gets it; `undefined` when another replica is at it and there is a spare one. */
export type Renew = (need: RenewalNeed) => Promise<SharedToken | undefined>;

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

/** Asks for tokens: once for all callers of all replicas, never with a grant that the broker has refused before. */
export function createRenew(upstream: Upstream, http: Http): Renew {
  const { clock, observer, loadGrant, tokens } = upstream;
  const ask = createAsk(upstream, http);

  /** Throws what others have learned, where it holds here too. `seen` is the failure that was known before. */
  async function found(news: TokenNews, need: RenewalNeed, seen?: string): Promise<SharedToken | undefined> {
    const { token, parked, failed } = news;
    if (token !== undefined && need.isGood(token)) return token;
    if (parked !== undefined && parked.digest === digestOf(await loadGrant())) throw reconnectNeeded(parked.why);
    if (failed === undefined) return undefined;
    const isNew = seen !== undefined && failed.id !== seen;
    if (isNew || clock.monotonicMs() < failed.pausedUntilMs) throw failed.error;
    return undefined;
  }

  async function useRight(right: RenewalRight, need: RenewalNeed, seen: string): Promise<SharedToken> {
    let end: RenewalEnd = { kind: 'unused' };
    try {
      const news = await tokens.news();
      const known = await found(news, need, seen);
      if (known !== undefined) {
        observer.tokenShared('found');
        return known;
      }
      const asked = await ask(right, news.isReplacing || need.isReplacing());
      end = asked.end;
      return asked.result();
    } finally {
      await right.end(end);
    }
  }

  return async function renew(need) {
    const startedMs = clock.monotonicMs();
    let seen: string | undefined;
    for (;;) {
      const news = await tokens.news();
      const known = await found(news, need, seen);
      if (known !== undefined) {
        observer.tokenShared(seen === undefined ? 'found' : 'waited');
        return known;
      }
      seen ??= news.failed?.id ?? '';
      const claim = await tokens.claim();
      if (claim.kind === 'ours') return useRight(claim, need, seen);
      if (need.hasSpare()) return undefined;
      if (clock.monotonicMs() - startedMs > PATIENCE_MS) throw tooSlow();
      await claim.over;
    }
  };
}

type Asked = { readonly end: RenewalEnd; result(): SharedToken };

function createAsk({ clock, observer, log, loadGrant, throttle }: Upstream, http: Http) {
  function granted(answer: Extract<TokenAnswer, { kind: 'granted' }>, askedAtMs: number, isUnproven: boolean): Asked {
    observer.tokenRefresh('ok');
    const { token, lifeMs } = answer;
    const kept: SharedToken = { token, lifeMs, endsAtMs: askedAtMs + lifeMs, isUnproven };
    return { end: { kind: 'granted', token: kept }, result: () => kept };
  }

  function refused({ status, why }: Extract<TokenAnswer, { kind: 'refused' }>, grant: BrokerGrant): Asked {
    observer.tokenRefresh('refused');
    log.warn({ status }, 'The broker refused the grant; no further attempt until there is another');
    const parked = { digest: digestOf(grant), ...(why === undefined ? {} : { why }) };
    return { end: { kind: 'refused', parked }, result: failing(reconnectNeeded(why)) };
  }

  return async function ask(right: RenewalRight, isUnproven: boolean): Promise<Asked> {
    await right.check();
    const grant = await loadGrant();
    const turn = await throttle('token', { signal: neverAborted() });
    // Much may have happened while it waited for its turn.
    await right.check().catch((error: unknown) => {
      turn.ended();
      throw error;
    });
    const askedAtMs = clock.monotonicMs();
    // A slow connection is no reason to give up: that would be told as a failure of the broker.
    const answer = await requestToken(http, grant, { ...turn, notAfterMs: Number.POSITIVE_INFINITY });
    switch (answer.kind) {
      case 'granted':
        return granted(answer, askedAtMs, isUnproven);
      case 'refused':
        return refused(answer, grant);
      case 'failed':
        observer.tokenRefresh('failed');
        return { end: { kind: 'failed', error: answer.error }, result: failing(answer.error) };
      case 'not-asked':
        return { end: { kind: 'unused' }, result: failing(answer.error) };
    }
  };
}

const failing = (error: GatewayError) => (): never => {
  throw error;
};

function tooSlow(): GatewayError {
  return new GatewayError('broker_unavailable', 'Another replica has been asking for this login for too long.');
}
