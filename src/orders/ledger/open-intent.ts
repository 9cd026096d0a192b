import type { IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { needsConfirmation, requireUsable } from '../confirmation/confirmation.ts';
import { isCancel } from '../intent-body.ts';
import { requirePassed } from '../limits/check-limits.ts';
import { changeRecord } from './audit-change.ts';
import { earlierCall } from './earlier-call.ts';
import type { Call } from './earlier-call.ts';
import { askedDigest, draftRow } from './intent.ts';
import type { Draft, Guard } from './intent.ts';
import { usageChecks } from './usage-checks.ts';

/** `earlier`: the same call had been made before, and nothing new was written. */
export type Opened = { readonly kind: 'opened' | 'earlier'; readonly row: IntentRow };

/**
 * The one step in which an order becomes an intent: whether it was asked before, whether trading is stopped, the confirmation
 * spent, the day's budget taken, the row and its record written; all of it or nothing. Two replicas may race; one wins.
 */
export function openIntent(draft: Draft, guard: Guard, context: TenantContext): Promise<Opened> {
  return context.ledger.transact(async (tx) => {
    const { row: earlier, confirmation } = await earlierCall(tx, callOf(draft, guard), context);
    if (earlier !== undefined) return { kind: 'earlier', row: earlier };
    if (!isCancel(draft.body)) {
      requirePassed(await usageChecks(tx, { draft, guard, context }));
      if (confirmation !== undefined) requireUsable(confirmation, draft, context);
      else if (guard.needsConfirmation) throw needsConfirmation();
    }
    const row = draftRow(draft, context, confirmation);
    await tx.insert(row);
    if (confirmation !== undefined) await tx.spendConfirmation(confirmation.id, row.id);
    await tx.audit(changeRecord(undefined, row));
    return { kind: 'opened', row };
  });
}

const callOf = (draft: Draft, { presented }: Guard): Call => ({
  digest: askedDigest(draft),
  ...(draft.clientOrderId === undefined ? {} : { clientOrderId: draft.clientOrderId }),
  ...(presented === undefined ? {} : { presented }),
});
