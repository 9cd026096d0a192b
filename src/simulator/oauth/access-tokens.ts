import type { Clock, EpochMs } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import { signToken } from '../signed-token.ts';

export type Scope = 'read' | 'trade';

export type AccessToken = {
  readonly customerId: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: EpochMs;
};

/** The access tokens that are good now. They live in memory: a restarted broker has its clients refresh. */
export type AccessTokens = {
  issue(customerId: string, scopes: readonly Scope[]): string;
  /** Undefined for a stranger's token and for one past its time. */
  read(token: string): AccessToken | undefined;
  /** Ends those of one customer, or all of them, before their time. */
  expire(customerId?: string): void;
};

export const ACCESS_TOKEN_SECONDS = 900;

export function createAccessTokens(options: { key: string; clock: Clock; ids: IdSource }): AccessTokens {
  const { key, clock, ids } = options;
  const live = new Map<string, AccessToken>();

  function dropExpired(): void {
    for (const [token, { expiresAt }] of live) if (expiresAt <= clock.now()) live.delete(token);
  }

  return {
    issue(customerId, scopes) {
      dropExpired();
      const expiresAt = (clock.now() + ACCESS_TOKEN_SECONDS * 1000) as EpochMs;
      const claims = { sub: customerId, scope: scopes.join(' '), exp: Math.floor(expiresAt / 1000), jti: ids.uuid() };
      const token = signToken(key, 'at+jwt', claims);
      live.set(token, { customerId, scopes, expiresAt });
      return token;
    },
    read(token) {
      const found = live.get(token);
      return found !== undefined && found.expiresAt > clock.now() ? found : undefined;
    },
    expire(customerId) {
      for (const [token, held] of live) {
        if (customerId === undefined || held.customerId === customerId) live.delete(token);
      }
    },
  };
}
