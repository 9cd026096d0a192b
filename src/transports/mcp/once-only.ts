import type { Records } from '../../fleet/records.ts';

/** Lets each name of an owner through once. */
export type OnceOnly = {
  /** True the first time within `ttlMs`, false ever after. Throws `coordination_unavailable`: then it is not let through. */
  claim(owner: string, name: string, ttlMs: number): Promise<boolean>;
};

/** Once over all replicas. */
export function createOnceOnly(records: Pick<Records, 'setOnce'>): OnceOnly {
  return { claim: (owner, part, ttlMs) => records.setOnce({ kind: 'once', owner, part }, '', ttlMs) };
}
