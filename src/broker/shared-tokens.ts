import type { GatewayError } from '../core/errors.ts';

/** An access token that one replica got and all may use. Times are monotonic, of this process. */
export type SharedToken = {
  readonly token: string;
  readonly lifeMs: number;
  /** Never later than it really ends. */
  readonly endsAtMs: number;
  /** The broker refused the one before it, and nobody has seen this one work yet. */
  readonly isUnproven: boolean;
};

/** A grant that the broker refused: enough to know it again, not to use it; and why, in words of ours. */
export type ParkedGrant = { readonly digest: string; readonly why?: string };

/** The last attempt, when it got neither a token nor a refusal. */
export type FailedAttempt = {
  /** Another one for each attempt. */
  readonly id: string;
  readonly error: GatewayError;
  /** Monotonic. Until then nobody asks again. */
  readonly pausedUntilMs: number;
};

/** What the replicas know together of one tenant's access to the broker. */
export type TokenNews = {
  readonly token?: SharedToken;
  readonly parked?: ParkedGrant;
  readonly failed?: FailedAttempt;
  /** A token was given up a moment ago, and its successor has not been seen to work. */
  readonly isReplacing: boolean;
};

/** What came of the right to ask. `unused`: nothing was learned about the broker. */
export type RenewalEnd =
  | { readonly kind: 'granted'; readonly token: SharedToken }
  | { readonly kind: 'refused'; readonly parked: ParkedGrant }
  | { readonly kind: 'failed'; readonly error: GatewayError }
  | { readonly kind: 'unused' };

/** The right to ask the broker for a tenant's next token. Whoever has it ends it, with all that was learned. */
export type RenewalRight = {
  readonly kind: 'ours';
  /** Throws `broker_unavailable` while so many logins fail that nobody may try another. */
  check(): Promise<void>;
  end(end: RenewalEnd): Promise<void>;
};

/** Another replica has it. `over` resolves when it may be worth looking again, after half a second or so at the latest. */
export type RightTaken = { readonly kind: 'taken'; readonly over: Promise<void> };

/**
 * One tenant's access tokens over all replicas: one asks at a time, and all learn what came of it. When the replicas
 * cannot reach one another each goes on by itself; nothing here throws for that.
 */
export type SharedTokens = {
  news(): Promise<TokenNews>;
  claim(): Promise<RenewalRight | RightTaken>;
  /** Takes this token, which the broker refused, from all replicas. */
  giveUp(token: string): Promise<void>;
  /** Says that the broker took this token. */
  worked(token: string): Promise<void>;
  /** Told of each token that a replica gave up, as a way to know it. Returns how to stop listening. */
  onGivenUp(listener: (isGivenUp: (token: string) => boolean) => void): () => void;
};
