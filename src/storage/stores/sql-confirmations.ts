import type { Transaction } from 'kysely';
import type { Schema } from '../schema.ts';
import type { ConfirmationRow, LedgerTx } from './ledger-store.ts';
import { requireOwn } from './require-own.ts';

/** How long a confirmation can still be told from one that never was. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** The confirmations of one tenant, inside a step of its ledger. */
export function confirmationsIn(
  tx: Transaction<Schema>,
  tenantId: string,
): Pick<LedgerTx, 'confirmation' | 'insertConfirmation' | 'spendConfirmation'> {
  return {
    confirmation: (id) =>
      tx
        .selectFrom('confirmations')
        .selectAll()
        .where('tenantId', '=', tenantId)
        .where('id', '=', id)
        .executeTakeFirst(),
    insertConfirmation: (row) => insertConfirmation(tx, tenantId, row),
    async spendConfirmation(id, intentId) {
      const { numUpdatedRows } = await tx
        .updateTable('confirmations')
        .set({ usedBy: intentId })
        .where('tenantId', '=', tenantId)
        .where('id', '=', id)
        .where('usedBy', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows !== 1n) throw new RangeError('There is no such confirmation that is unspent');
    },
  };
}

/** Sweeps the tenant's old ones out on the way: each preview makes one, and most are never used. */
async function insertConfirmation(tx: Transaction<Schema>, tenantId: string, row: ConfirmationRow): Promise<void> {
  requireOwn(row, tenantId);
  await tx
    .deleteFrom('confirmations')
    .where('tenantId', '=', tenantId)
    .where('expiresAt', '<', row.createdAt - KEPT_MS)
    .execute();
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('confirmations')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) throw new RangeError('A confirmation of this id exists');
}
