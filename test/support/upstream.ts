import type { OptionChain } from '../../src/broker/model/chain.ts';
import type { Upstream, UpstreamObserver } from '../../src/broker/upstream.ts';
import type { Turn } from '../../src/core/turn.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { aloneTokens } from './token-replicas.ts';

export const PLANTED = { clientSecret: 'planted-client-secret', refreshToken: 'planted-refresh-token' } as const;

const ignore = (): void => {};

export const silentObserver: UpstreamObserver = {
  request: ignore,
  tokenRefresh: ignore,
  tokenShared: ignore,
  feedSocket: ignore,
  feedEvents: ignore,
  streamerSocket: ignore,
  streamerMessage: ignore,
};

/** A turn that nobody counts. */
export const FREE_TURN: Turn = { notAfterMs: Number.POSITIVE_INFINITY, left: ignore, ended: ignore };

/** What an adapter is given, for a server on this machine: no throttle, no jitter, chains kept for the test's length. */
export function testUpstream(restUrl: string, changes: Partial<Upstream> = {}): Upstream {
  const kept = new Map<string, Promise<OptionChain>>();
  let count = 0;
  return {
    environment: 'paper',
    hosts: { restUrl, streamerUrl: restUrl.replace('http', 'ws') },
    loadGrant: async () => PLANTED,
    tokens: changes.tokens ?? aloneTokens(changes.clock ?? systemClock),
    throttle: async () => FREE_TURN,
    slowDown: ignore,
    chains: {
      through({ kind, symbol }, load) {
        const key = `${kind} ${symbol}`;
        const known = kept.get(key);
        if (known !== undefined) return known;
        const loading = load();
        kept.set(key, loading);
        loading.catch(() => kept.delete(key));
        return loading;
      },
    },
    observer: silentObserver,
    clock: systemClock,
    ids: { uuid: () => `id-${(count += 1)}`, secret: () => `secret-${(count += 1)}`, fraction: () => 0 },
    log: silentLog,
    ...changes,
  };
}

export const calm = { signal: new AbortController().signal } as const;
