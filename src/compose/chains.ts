import { isCallersOwn } from '../broker/callers-own.ts';
import { isOptionChain } from '../broker/model/is-option-chain.ts';
import type { SharedValues } from '../broker/upstream.ts';
import { createMemoryLevel } from '../cache/memory-level.ts';
import { createRedisLevel } from '../cache/redis-level.ts';
import { type ReferenceCache, createReferenceCache } from '../cache/reference-cache.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { SharedParts } from './shared.ts';
import type { Basics } from './tenancy.ts';

const DAY_MS = 86_400_000;
/** Exchanges list new strikes during the day. */
const REFRESH_AFTER_MS = 4 * 3_600_000;
const ABSENT_MS = 60_000;
const MAX_CHAINS = 400;

export type ChainsParts = Basics & { readonly metrics: Metrics; readonly shared: SharedParts };

/** The chains of all tenants: over all replicas where there is Redis, else of this process. */
export function composeChains({ clock, ids, log, metrics, shared }: ChainsParts): ReferenceCache<SharedValues> {
  const { redis, fleet } = shared;
  return createReferenceCache({
    clock,
    ids,
    log,
    observer: metrics.cache,
    level:
      redis === undefined
        ? createMemoryLevel(clock, MAX_CHAINS)
        : createRedisLevel({ redis, channels: fleet.channels, clock, log }),
    shapes: { 'chain:equity': isOptionChain, 'chain:future': isOptionChain },
    isCallersOwn,
    ttlMs: DAY_MS,
    absentMs: ABSENT_MS,
    refreshAfterMs: REFRESH_AFTER_MS,
    maxEntries: MAX_CHAINS,
  });
}
