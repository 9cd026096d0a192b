import type { Http } from './http.ts';
import { createRenew } from './renew-token.ts';
import type { Renew, RenewalNeed } from './renew-token.ts';
import { abortable } from '../../core/abortable.ts';
import type { CallOptions } from '../broker.ts';
import type { SharedToken } from '../shared-tokens.ts';
import type { Upstream } from '../upstream.ts';
import { asGatewayError } from '../../core/errors.ts';
import { createSingleFlight } from '../../core/single-flight.ts';

const MAX_MARGIN_MS = 60_000;
const MARGIN_SHARE = 0.1;
/** A renewal ahead of time that came to nothing is looked at again after so long, not with every call. */
const LOOK_AGAIN_MS = 1000;
/** A broker that refuses even the renewed token is not asked for yet another one before this has passed. */
const REFUSED_PAUSE_MS = 10_000;

/** The tenant's access token: here in memory, and shared between replicas through `upstream.tokens`. */
export type AccessTokens = {
  /** A token with life left. Throws `reconnect_needed`, or why none could be had. */
  current(options: CallOptions): Promise<string>;
  /** Says that the broker took this token. */
  worked(token: string): void;
  /** Says that the broker refused this token. True when a new attempt with `current` is worth making. Never rejects. */
  refused(token: string): Promise<boolean>;
  close(): void;
};

type Held = SharedToken & { readonly renewAtMs: number };

function hold(token: SharedToken): Held {
  return { ...token, renewAtMs: token.endsAtMs - Math.min(MAX_MARGIN_MS, token.lifeMs * MARGIN_SHARE) };
}

const madeAtMs = ({ endsAtMs, lifeMs }: SharedToken): number => endsAtMs - lifeMs;

export function createAccessTokens(upstream: Upstream, http: Http): AccessTokens {
  return new LiveAccessTokens(upstream, createRenew(upstream, http));
}

class LiveAccessTokens implements AccessTokens {
  readonly #upstream: Upstream;
  readonly #renew: Renew;
  readonly #share = createSingleFlight<Held>();
  readonly #shareProof = createSingleFlight<boolean>();
  readonly #stopListening: () => void;
  #held: Held | undefined;
  /** The last one that the broker refused: not to be taken again, should another replica still have it. */
  #lost: { readonly token: string; readonly atMs: number } | undefined;

  constructor(upstream: Upstream, renew: Renew) {
    this.#upstream = upstream;
    this.#renew = renew;
    this.#stopListening = upstream.tokens.onGivenUp((isGivenUp) => {
      if (this.#held !== undefined && isGivenUp(this.#held.token)) this.#lose(this.#held.token);
    });
  }

  async current(options: CallOptions): Promise<string> {
    if (this.#held !== undefined && this.#nowMs() < this.#held.renewAtMs) return this.#held.token;
    return (
      await abortable(
        this.#share('token', () => this.#renewed()),
        options.signal,
      )
    ).token;
  }

  worked(token: string): void {
    if (this.#held?.token !== token || !this.#held.isUnproven) return;
    this.#held = { ...this.#held, isUnproven: false };
    void this.#upstream.tokens.worked(token);
  }

  async refused(token: string): Promise<boolean> {
    if (this.#held?.token !== token) return true;
    if (await this.#isOutOfFavour(this.#held)) return false;
    if (this.#held?.token === token) {
      this.#lose(token);
      void this.#upstream.tokens.giveUp(token);
    }
    return true;
  }

  close(): void {
    this.#stopListening();
  }

  #nowMs(): number {
    return this.#upstream.clock.monotonicMs();
  }

  #lose(token: string): void {
    this.#held = undefined;
    this.#lost = { token, atMs: this.#nowMs() };
  }

  /** Ahead of time a renewal may fail, or be another replica's: the token that still works is kept for a while longer. */
  async #renewed(): Promise<Held> {
    const spare = (): Held | undefined =>
      this.#held !== undefined && this.#nowMs() < this.#held.endsAtMs ? this.#held : undefined;
    try {
      const token = await this.#renew(this.#need(spare));
      const next = token === undefined ? keepOn(spare(), this.#nowMs()) : hold(token);
      this.#held = next;
      return next ?? (await this.#renewed());
    } catch (error) {
      const isGrantGone = asGatewayError(error).code === 'reconnect_needed';
      this.#held = isGrantGone ? undefined : keepOn(spare(), this.#nowMs());
      if (this.#held === undefined) throw error;
      return this.#held;
    }
  }

  #need(spare: () => Held | undefined): RenewalNeed {
    return {
      isGood: (token) => this.#nowMs() < hold(token).renewAtMs && !this.#isLost(token),
      hasSpare: () => spare() !== undefined,
      isReplacing: () => this.#lost !== undefined && this.#nowMs() - this.#lost.atMs < REFUSED_PAUSE_MS,
    };
  }

  #isLost(token: SharedToken): boolean {
    return token.token === this.#lost?.token && madeAtMs(token) <= this.#lost.atMs;
  }

  /** A new token that is refused as well may be the broker's mood: nobody asks for a third one at once. */
  async #isOutOfFavour(token: Held): Promise<boolean> {
    if (!token.isUnproven || this.#nowMs() - madeAtMs(token) >= REFUSED_PAUSE_MS) return false;
    const hasWorked = async (): Promise<boolean> => {
      const news = await this.#upstream.tokens.news();
      return news.token?.token !== token.token || !news.token.isUnproven;
    };
    return !(await this.#shareProof(token.token, hasWorked).catch(() => false));
  }
}

/** Looked at again in a moment, not with every call. */
function keepOn(spare: Held | undefined, nowMs: number): Held | undefined {
  return spare === undefined ? undefined : { ...spare, renewAtMs: Math.min(nowMs + LOOK_AGAIN_MS, spare.endsAtMs) };
}
