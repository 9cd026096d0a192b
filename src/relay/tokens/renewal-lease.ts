import type { Clock } from '../../core/clock.ts';
import type { LeaseName, Leases } from '../../fleet/leases.ts';
import { isUnreachable } from './steady-records.ts';

/** A lease that is renewed until it is released. */
export type HeldLease = { release(): Promise<void> };

/** Well before its end, so that one answer that was lost does not lose it. */
const RENEW_MS = 1000;

/**
 * Takes a lease for as long as the work of `holder` takes; `undefined` while another has it. Replicas that cannot reach one
 * another each go on alone.
 */
export async function holdLease(
  { leases, clock }: { readonly leases: Leases; readonly clock: Clock },
  name: LeaseName,
  holder: string,
): Promise<HeldLease | undefined> {
  try {
    const grant = await leases.acquire(name, holder);
    return grant === undefined ? undefined : keepUp({ leases, clock }, { name, holder, epoch: grant.epoch });
  } catch (error) {
    if (isUnreachable(error)) return { release: async () => {} };
    throw error;
  }
}

type Held = { readonly name: LeaseName; readonly holder: string; readonly epoch: number };

function keepUp({ leases, clock }: { leases: Leases; clock: Clock }, { name, holder, epoch }: Held): HeldLease {
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
