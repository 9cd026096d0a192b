import type { Clock } from '../../core/clock.ts';
import type { LeaseName, Leases } from '../../fleet/leases.ts';
import type { OrAlone } from './or-alone.ts';

/** A lease that is renewed until it is released. */
export type HeldLease = { release(): Promise<void> };

/** Well before its end, so that one answer that was lost does not lose it. */
const RENEW_MS = 1000;

export type LeaseParts = { readonly leases: Leases; readonly orAlone: OrAlone; readonly clock: Clock };

/**
 * Takes a lease for as long as the work of `holder` takes; `undefined` while another has it. Replicas that cannot reach one
 * another each go on alone.
 */
export function holdLease(parts: LeaseParts, name: LeaseName, holder: string): Promise<HeldLease | undefined> {
  return parts.orAlone(
    async () => {
      const grant = await parts.leases.acquire(name, holder);
      return grant === undefined ? undefined : keepUp(parts, { name, holder, epoch: grant.epoch });
    },
    async () => ({ release: async () => {} }),
  );
}

type Held = { readonly name: LeaseName; readonly holder: string; readonly epoch: number };

function keepUp({ leases, clock }: LeaseParts, { name, holder, epoch }: Held): HeldLease {
  const timer = clock.every(RENEW_MS, () => {
    leases.renew(name, holder, epoch).then(
      (grant) => {
        // Lost, to one who found this process silent: what it gets is compared when it is written, and needs no lease.
        if (grant === undefined) timer.cancel();
      },
      () => {},
    );
  });
  return {
    async release() {
      timer.cancel();
      await leases.release(name, holder, epoch).catch(() => {});
    },
  };
}
