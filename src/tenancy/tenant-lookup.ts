import type { Caller } from '../auth/caller.ts';
import type { Clock } from '../core/clock.ts';
import { createSingleFlight } from '../core/single-flight.ts';
import type { BrokerPool } from './broker-pool.ts';
import type { Registry } from './registry.ts';
import type { TenantRecord } from './tenant.ts';

/** The enabled tenant that a caller acts for, at most a second old; `undefined` when there is none. */
export type TenantLookup = (caller: Caller) => Promise<TenantRecord | undefined>;

export type TenantLookupDeps = {
  readonly registry: Pick<Registry, 'find'>;
  /** Told of tenants that were found disabled or gone, so that their connections end. */
  readonly pool: Pick<BrokerPool, 'drop'>;
  readonly clock: Clock;
};

type Found = { readonly record: TenantRecord | undefined; readonly atMs: number };

const MAX_AGE_MS = 1000;
const MAX_KEPT = 10_000;

/** Spares the database a query per call. What the operator changes takes effect within a second. */
export function createTenantLookup(deps: TenantLookupDeps): TenantLookup {
  const { clock } = deps;
  const kept = new Map<string, Found>();
  const once = createSingleFlight<TenantRecord | undefined>();
  return async (caller) => {
    const key = JSON.stringify([caller.issuer, caller.subject]);
    const found = kept.get(key);
    if (found !== undefined && clock.monotonicMs() - found.atMs < MAX_AGE_MS) return found.record;
    return once(key, async () => {
      const atMs = clock.monotonicMs();
      const record = await findEnabled(deps, caller, found?.record);
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(key, { record, atMs });
      return record;
    });
  };
}

async function findEnabled(
  { registry, pool }: TenantLookupDeps,
  caller: Caller,
  before?: TenantRecord,
): Promise<TenantRecord | undefined> {
  const record = await registry.find(caller);
  if (before !== undefined && before.tenant.id !== record?.tenant.id) pool.drop(before.tenant.id);
  if (record?.tenant.status === 'enabled') return record;
  if (record !== undefined) pool.drop(record.tenant.id);
  return undefined;
}
