import type { Tenancy } from './tenancy.ts';
import type { Metrics, OrderChange } from '../observability/metrics.ts';
import type { AuditEntry } from '../storage/stores/audit-store.ts';
import type { LedgerStore, LedgerTx, TenantLedger } from '../storage/stores/ledger-store.ts';

/** The same tenants, whose orders are counted as they change: every change is recorded, and what was committed counts. */
export function observeOrders(tenancy: Tenancy, { orders }: Pick<Metrics, 'orders'>): Tenancy {
  const { storage } = tenancy;
  const ledger: LedgerStore = { ...storage.ledger, of: (id) => observed(storage.ledger.of(id), orders.changed) };
  return { ...tenancy, storage: { ...storage, ledger } };
}

type Tell = (change: OrderChange) => void;

function observed(ledger: TenantLedger, tell: Tell): TenantLedger {
  return {
    ...ledger,
    async transact(work) {
      let changes: OrderChange[] = [];
      const value = await ledger.transact((tx) => {
        changes = [];
        return work(recording(tx, (change) => changes.push(change)));
      });
      changes.forEach(tell);
      return value;
    },
  };
}

function recording(tx: LedgerTx, note: (change: OrderChange) => void): LedgerTx {
  return {
    ...tx,
    async audit(entry) {
      await tx.audit(entry);
      const change = changeOf(entry);
      if (change !== undefined) note(change);
    },
  };
}

function changeOf({ kind, action, to, settlement, flagged }: AuditEntry): OrderChange | undefined {
  if (kind !== 'order' || typeof action !== 'string' || typeof to !== 'string') return undefined;
  return {
    action,
    to,
    settlement: typeof settlement === 'string' ? settlement : '',
    // Set once, and told with every change that follows: only the one that set it counts.
    isFlagged: flagged === true && (to === 'unknown' || settlement === 'answered'),
  };
}
