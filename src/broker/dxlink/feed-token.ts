import type { Clock, EpochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IdSource } from '../../core/ids.ts';
import type { CallOptions } from '../broker.ts';

export type QuoteToken = { readonly token: string; readonly url: string; readonly expiresAt?: EpochMs };

const HOUR_MS = 3_600_000;
const LIFETIME_MS = 24 * HOUR_MS;
const RENEWAL_MARGIN_MS = 300_000;
/** Even a token that seems to have expired is used for a while: our clock may be wrong, and the feed will say. */
const MIN_USABLE_MS = 30_000;
const FETCH_TIMEOUT_MS = 15_000;

export type FeedTokenOptions = {
  /** Asks the broker for a new one. Throws `reconnect_needed` when the tenant's login is gone. */
  readonly fetch: (options: CallOptions) => Promise<QuoteToken>;
  readonly clock: Clock;
  readonly ids: IdSource;
};

/** Keeps a tenant's quote token until shortly before it expires, or until the feed refuses it. */
export class FeedToken {
  readonly #options: FeedTokenOptions;
  #kept: { readonly token: QuoteToken; readonly renewAtMs: number } | undefined;

  constructor(options: FeedTokenOptions) {
    this.#options = options;
  }

  /** The kept token, or a new one. Throws whatever the broker's adapter throws, and `broker_not_understood`. */
  async get(signal: AbortSignal): Promise<QuoteToken> {
    if (this.#kept !== undefined && this.renewalInMs() > 0) return this.#kept.token;
    const token = await this.#fetch(signal);
    if (!isFeedUrl(token.url)) {
      throw new GatewayError(
        'broker_not_understood',
        'The broker named a market data address that is not a websocket.',
      );
    }
    this.#kept = { token, renewAtMs: this.#options.clock.monotonicMs() + this.#usableMs(token) };
    return token;
  }

  /** For a token that the feed has refused. */
  discard(): void {
    this.#kept = undefined;
  }

  /** Until the kept token wants renewal; 0 when there is none. */
  renewalInMs(): number {
    return this.#kept === undefined ? 0 : Math.max(0, this.#kept.renewAtMs - this.#options.clock.monotonicMs());
  }

  /** Spread out, so that tenants who connected together do not all renew together. */
  #usableMs({ expiresAt }: QuoteToken): number {
    const { clock, ids } = this.#options;
    const lifetimeMs = expiresAt === undefined ? LIFETIME_MS : Math.min(LIFETIME_MS, expiresAt - clock.now());
    const marginMs = Math.min(RENEWAL_MARGIN_MS * (1 + ids.fraction()), lifetimeMs / 2);
    return Math.max(MIN_USABLE_MS, lifetimeMs - marginMs);
  }

  async #fetch(signal: AbortSignal): Promise<QuoteToken> {
    const abort = new AbortController();
    const timer = this.#options.clock.after(FETCH_TIMEOUT_MS, () => abort.abort());
    try {
      return await this.#options.fetch({ signal: AbortSignal.any([signal, abort.signal]) });
    } finally {
      timer.cancel();
    }
  }
}

function isFeedUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'wss:' || url.protocol === 'ws:') && url.hash === '';
}
