import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Records } from '../../fleet/records.ts';
import { waitOut } from '../../fleet/wait-out.ts';

/** Lets each name of an owner through once. */
export type OnceOnly = {
  /**
   * True the first time within `ttlMs`, false ever after. Throws `coordination_unavailable` when that cannot be known within
   * a second: then it is not let through.
   */
  claim(owner: string, name: string, ttlMs: number): Promise<boolean>;
};

export type OnceOnlyParts = {
  readonly records: Pick<Records, 'get' | 'setOnce'>;
  readonly clock: Clock;
  readonly ids: IdSource;
};

const TRY_FOR_MS = 1000;

/** Once over all replicas. */
export function createOnceOnly({ records, clock, ids }: OnceOnlyParts): OnceOnly {
  return {
    claim(owner, part, ttlMs) {
      const name = { kind: 'once', owner, part };
      const claim = ids.uuid();
      // A try that was not answered may have been the first: it is known by its mark.
      return waitOut(
        clock,
        TRY_FOR_MS,
        async () => (await records.setOnce(name, claim, ttlMs)) || (await records.get(name)) === claim,
      );
    },
  };
}
