import type { SharedTokens } from '../../broker/shared-tokens.ts';
import type { Clock } from '../../core/clock.ts';
import type { IdSource } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { Fleet } from '../../fleet/fleet.ts';
import { createGrantBreaker, type GrantBreaker } from './grant-breaker.ts';
import { createOwnerTokens, type TokenOwner } from './owner-tokens.ts';
import type { TokenSealer } from './sealed-records.ts';
import { createOrAlone } from './or-alone.ts';
import { createSteadyRecords, type SteadyRecords } from './steady-records.ts';
import { createTokenSignals } from './token-signals.ts';

/** The access tokens of all tenants, over all replicas. */
export type TokenSharing = {
  of(owner: TokenOwner): SharedTokens;
  close(): void;
};

export type TokenSharingParts = {
  readonly fleet: Pick<Fleet, 'replica' | 'leases' | 'channels' | 'records' | 'isAway' | 'onPresence'>;
  /** Within this process: a copy of what it has seen of the fleet's. */
  readonly own: SteadyRecords;
  readonly sealerFor: (owner: TokenOwner) => TokenSealer;
  /** Told when the logins of an environment are no longer tried, and when they are again; by whichever replica. */
  readonly onBreaker: (environment: string, isOpen: boolean) => void;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
};

export function shareTokens(parts: TokenSharingParts): TokenSharing {
  const { fleet, own, sealerFor, onBreaker, clock, log } = parts;
  const { orAlone, close } = createOrAlone(parts);
  const records = createSteadyRecords({ shared: fleet.records, own, orAlone, clock });
  const signals = createTokenSignals(parts);
  const breakers = new Map<string, GrantBreaker>();
  signals.listen((signal) => {
    if (signal.about === 'breaker') onBreaker(signal.environment, signal.isOpen);
  });

  function breakerOf(environment: string): GrantBreaker {
    const known = breakers.get(environment);
    if (known !== undefined) return known;
    const made = createGrantBreaker({
      records,
      environment,
      onChange(isOpen) {
        log.warn({ environment, isOpen }, isOpen ? 'Too many logins fail: none is tried' : 'Logins work again');
        onBreaker(environment, isOpen);
        void signals.tell({ about: 'breaker', environment, isOpen });
      },
    });
    breakers.set(environment, made);
    return made;
  }

  return {
    of: (owner) =>
      createOwnerTokens({
        ...parts,
        owner,
        records,
        orAlone,
        signals,
        sealer: sealerFor(owner),
        breaker: breakerOf(owner.environment),
      }),
    close() {
      signals.close();
      close();
    },
  };
}
