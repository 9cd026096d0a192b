import { type TenantDuty, type TenantDutyParts, createTenantDuty } from './tenant-duty.ts';

/** The duties of all tenants that are at work on this replica. */
export type Duties = {
  /**
   * One for a tenant's broker, which ends when its last member has left. An older one of the same tenant hands over: what
   * opens sockets with credentials that have been replaced makes room.
   */
  open(owner: string): TenantDuty;
  /** Lets other replicas have them all. Idempotent, never rejects, bounded to a few seconds. */
  handOver(): Promise<void>;
};

export function createDuties(parts: Omit<TenantDutyParts, 'owner' | 'onClosed'>): Duties {
  const byOwner = new Map<string, Set<TenantDuty>>();
  let isLeaving = false;

  function forget(owner: string, duty: TenantDuty): void {
    const duties = byOwner.get(owner);
    duties?.delete(duty);
    if (duties?.size === 0) byOwner.delete(owner);
  }

  return {
    open(owner) {
      const duties = byOwner.get(owner) ?? new Set<TenantDuty>();
      for (const older of duties) void older.handOver();
      const duty = createTenantDuty({ ...parts, owner, onClosed: () => forget(owner, duty) });
      byOwner.set(owner, duties.add(duty));
      if (isLeaving) void duty.handOver();
      return duty;
    },
    async handOver() {
      isLeaving = true;
      const all = [...byOwner.values()].flatMap((duties) => [...duties]);
      await Promise.all(all.map((duty) => duty.handOver()));
    },
  };
}
