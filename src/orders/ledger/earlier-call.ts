import { GatewayError } from '../../core/errors.ts';
import type { ConfirmationRow, IntentRow, LedgerTx } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { alreadyUsed, idOf, requireOwn } from '../confirmation/confirmation.ts';
import type { Presented } from '../confirmation/confirmation.ts';

/** What tells a call apart from others: the digest of what it asks, the name the client gave it, the confirmation it presents. */
export type Call = { readonly digest: string; readonly clientOrderId?: string; readonly presented?: Presented };

/** The intent that the same call made before; or else the confirmation that it presents now, which nothing was sent with. */
export type Known = { readonly row?: IntentRow; readonly confirmation?: ConfirmationRow };

/**
 * What the ledger knows of a call, by its client_order_id first and then by its confirmation. Throws `client_order_id_taken` or
 * `confirmation_invalid` when either went to something else, or the confirmation is not this caller's.
 */
export async function earlierCall(tx: LedgerTx, call: Call, context: TenantContext): Promise<Known> {
  const { clientOrderId, presented, digest } = call;
  const named = clientOrderId === undefined ? undefined : await tx.byClientOrderId(clientOrderId);
  if (named !== undefined) return { row: requireSame(named, digest) };
  if (presented === undefined) return {};
  const confirmation = requireOwn(await tx.confirmation(idOf(presented)), context);
  if (confirmation.usedBy === null) return { confirmation };
  const spentOn = await tx.intent(confirmation.usedBy);
  if (spentOn?.askedDigest === digest) return { row: spentOn };
  throw alreadyUsed();
}

function requireSame(row: IntentRow, digest: string): IntentRow {
  if (row.askedDigest === digest) return row;
  throw new GatewayError('client_order_id_taken', 'This client_order_id was used for another order.', {
    details: { field: 'client_order_id', first_external_id: row.id },
    advice: 'Give every order an id of its own. To ask again about the first one, repeat that call exactly.',
  });
}
