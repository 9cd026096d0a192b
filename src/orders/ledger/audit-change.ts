import type { AuditEntry } from '../../storage/stores/audit-store.ts';
import type { IntentChanges, IntentRow, LedgerTx } from '../../storage/stores/ledger-store.ts';
import type { SentOutcome } from '../outcome.ts';

/** One record for each change of an intent's state, written in the same step as the change. */
export function changeRecord(before: IntentRow | undefined, after: IntentRow, outcome?: SentOutcome): AuditEntry {
  return {
    at: after.updatedAt,
    kind: 'order',
    intent: after.id,
    action: after.action,
    from: before?.state ?? null,
    to: after.state,
    environment: after.environment,
    account: after.account,
    issuer: after.issuer,
    subject: after.subject,
    client: after.clientId,
    clientOrderId: after.clientOrderId,
    bodySha256: after.bodyDigest,
    confirmed: after.confirmationId !== null,
    target: after.targetId,
    orderId: after.orderId,
    outcome: outcome?.kind ?? null,
    reason: outcome?.kind === 'rejected' ? (outcome.reasons[0]?.code ?? null) : null,
    settlement: after.settlement,
    flagged: after.flaggedAt !== null,
  };
}

/** Changes an intent and writes the record of it. */
export async function changeIntent(
  tx: LedgerTx,
  row: IntentRow,
  { changes, outcome }: { readonly changes: IntentChanges; readonly outcome?: SentOutcome },
): Promise<IntentRow> {
  const after: IntentRow = { ...row, ...changes };
  await tx.update(row.id, changes);
  await tx.audit(changeRecord(row, after, outcome));
  return after;
}
