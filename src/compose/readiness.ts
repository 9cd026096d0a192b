import type { SharedParts } from './shared.ts';
import type { Basics, Tenancy } from './tenancy.ts';
import { createSingleFlight } from '../core/single-flight.ts';
import type { Readiness } from '../transports/http/health.ts';
import type { Life } from '../transports/http/life.ts';

const FRESH_MS = 500;

export type ReadinessParts = Pick<Basics, 'clock'> & {
  readonly tenancy: Pick<Tenancy, 'storage'>;
  readonly shared: Pick<SharedParts, 'redis'>;
  readonly life: Life;
};

/**
 * Whether this replica should get traffic. However often it is asked, it looks twice a second at the most, for a second at the
 * most. The broker is not looked at: while it is away nobody serves better elsewhere. A replica that is ending looks no more.
 */
export function createReadiness({ tenancy, shared, life, clock }: ReadinessParts): () => Promise<Readiness> {
  const once = createSingleFlight<void>();
  let seen: Readiness = { ready: false, checks: {} };
  let seenMs = -Infinity;

  const look = async (): Promise<void> => {
    const [storage, redis] = await Promise.all([tenancy.storage.healthy(), shared.redis?.healthy()]);
    // Without Redis a replica counts and caches for itself: told, but no reason to send its callers away.
    const checks = { storage: word(storage), ...(redis === undefined ? {} : { redis: word(redis) }) };
    seen = { ready: storage, checks };
    seenMs = clock.monotonicMs();
  };
  return async () => {
    if (!life.isEnding && clock.monotonicMs() - seenMs >= FRESH_MS) await once('look', look);
    return life.isEnding ? { ...seen, ready: false } : seen;
  };
}

const word = (isWell: boolean) => (isWell ? ('ok' as const) : ('failed' as const));
