import { epochMs, type EpochMs } from '../../core/clock.ts';
import type { IntentRow, LedgerStore } from '../../storage/stores/ledger-store.ts';
import type { Registry } from '../registry.ts';

/** One row of the order ledger, as far as an operator has to see it. */
export type OperatorOrder = {
  /** The external identifier that the broker was given. */
  readonly id: string;
  /** `place`, `replace`, `cancel`, `place-complex`, `cancel-complex`. */
  readonly action: string;
  readonly state: string;
  readonly account: string;
  readonly clientOrderId?: string;
  /** The broker's number of it, once that is known. */
  readonly orderId?: string;
  /** The broker's number of the order that it replaces or cancels. */
  readonly targetId?: string;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly sentAt?: EpochMs;
  /** Set: nobody could find out what became of it, and a person has to look. */
  readonly flaggedAt?: EpochMs;
  /** How an unknown one was settled. */
  readonly settlement?: string;
};

export type OrdersQuery = { readonly tenant: string; readonly open: boolean; readonly limit: number };

export type OrdersDeps = { readonly registry: Pick<Registry, 'idOf'>; readonly ledger: Pick<LedgerStore, 'of'> };

/** A tenant's orders as the ledger has them, newest first. `open`: only those still to be seen to. Throws `not_found`. */
export async function listOrders(
  { registry, ledger }: OrdersDeps,
  { tenant, open, limit }: OrdersQuery,
): Promise<readonly OperatorOrder[]> {
  const rows = await ledger.of(await registry.idOf(tenant)).list({ limit, ...(open ? { open } : {}) });
  return rows.map(toOrder);
}

function toOrder(row: IntentRow): OperatorOrder {
  const { id, action, state, account, clientOrderId, orderId, targetId, sentAt, flaggedAt, settlement } = row;
  return {
    id,
    action,
    state,
    account,
    createdAt: epochMs(row.createdAt),
    updatedAt: epochMs(row.updatedAt),
    ...(clientOrderId === null ? {} : { clientOrderId }),
    ...(orderId === null ? {} : { orderId }),
    ...(targetId === null ? {} : { targetId }),
    ...(sentAt === null ? {} : { sentAt: epochMs(sentAt) }),
    ...(flaggedAt === null ? {} : { flaggedAt: epochMs(flaggedAt) }),
    ...(settlement === null ? {} : { settlement }),
  };
}
