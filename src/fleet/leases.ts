/**
 * A right that one replica has at a time. The epoch grows with every new holder, also when the store forgot the last one: what a
 * holder tells carries it, and whoever has seen a higher one refuses it.
 */
export type LeaseGrant = {
  readonly epoch: number;
  /** Monotonic, of this process: from then on the right may be another's. A process that was frozen sees it is too late. */
  readonly heldUntilMs: number;
};

/** Exclusive, expiring rights over all replicas. All throw `coordination_unavailable`. */
export type Leases = {
  /** One attempt. `undefined` while another holds it; the grant that stands when `holder` has it already. */
  acquire(name: LeaseName, holder: string): Promise<LeaseGrant | undefined>;
  /** Extends a grant. `undefined` when it is lost: it may be another's by now, and has to be acquired anew. */
  renew(name: LeaseName, holder: string, epoch: number): Promise<LeaseGrant | undefined>;
  /** Gives it back, if it is still held: another may have it at once. */
  release(name: LeaseName, holder: string, epoch: number): Promise<void>;
  /** The epoch of the newest grant, held or not; 0 when there was none. */
  epoch(name: LeaseName): Promise<number>;
};

/** What the right is about (`feed`), and whose (a tenant's id, a chain's name). */
export type LeaseName = { readonly kind: string; readonly owner: string };

export const LEASE_TTL_MS = 3000;
/** A holder stops this long before the store forgets it: clocks of two machines do not run alike. */
export const LEASE_MARGIN_MS = 250;
