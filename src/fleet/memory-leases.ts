import type { Clock } from '../core/clock.ts';
import { LEASE_MARGIN_MS, LEASE_TTL_MS, type LeaseGrant, type LeaseName, type Leases } from './leases.ts';

type Held = { holder: string; epoch: number; endsAtMs: number };

/** Within this process: for one replica on its own, and for what runs several in one. */
export function createMemoryLeases(clock: Clock): Leases {
  const held = new Map<string, Held>();
  const epochs = new Map<string, number>();
  const keyOf = ({ kind, owner }: LeaseName): string => JSON.stringify([kind, owner]);

  const current = (key: string): Held | undefined => {
    const lease = held.get(key);
    return lease !== undefined && lease.endsAtMs > clock.monotonicMs() ? lease : undefined;
  };
  const grant = (key: string, holder: string, epoch: number): LeaseGrant => {
    const endsAtMs = clock.monotonicMs() + LEASE_TTL_MS;
    held.set(key, { holder, epoch, endsAtMs });
    return { epoch, heldUntilMs: endsAtMs - LEASE_MARGIN_MS };
  };
  return {
    async acquire(name, holder) {
      const key = keyOf(name);
      const lease = current(key);
      if (lease !== undefined) return lease.holder === holder ? grant(key, holder, lease.epoch) : undefined;
      const epoch = Math.max((epochs.get(key) ?? 0) + 1, Math.trunc(clock.now()));
      epochs.set(key, epoch);
      return grant(key, holder, epoch);
    },
    async renew(name, holder, epoch) {
      const key = keyOf(name);
      const lease = current(key);
      return lease?.holder === holder && lease.epoch === epoch ? grant(key, holder, epoch) : undefined;
    },
    async release(name, holder, epoch) {
      const lease = held.get(keyOf(name));
      if (lease?.holder === holder && lease.epoch === epoch) held.delete(keyOf(name));
    },
    epoch: async (name) => epochs.get(keyOf(name)) ?? 0,
  };
}
