import { parseDecimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ConfirmationRow, IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { idOf, invalid, requireOwn } from '../confirmation/confirmation.ts';
import type { Presented } from '../confirmation/confirmation.ts';
import type { IntentBody } from '../intent-body.ts';
import { requireSame } from './open-intent.ts';

export type Call = { readonly digest: string; readonly clientOrderId?: string; readonly presented?: Presented };

/** What is known of a call before it is worked out: that it was made before, or what was previewed for it. */
export type Earlier = { readonly row?: IntentRow; readonly previewed?: IntentBody };

/**
 * Looks a call up by its client_order_id and its confirmation, so that a call that was made before is answered without asking the
 * broker anything. Throws `client_order_id_taken` or `confirmation_invalid`. The ledger step that opens an intent looks again.
 */
export function findEarlier(call: Call, context: TenantContext): Promise<Earlier> {
  const { clientOrderId, presented, digest } = call;
  if (clientOrderId === undefined && presented === undefined) return Promise.resolve({});
  return context.ledger.transact(async (tx) => {
    const named = clientOrderId === undefined ? undefined : await tx.byClientOrderId(clientOrderId);
    if (named !== undefined) return { row: requireSame(named, digest) };
    if (presented === undefined) return {};
    const confirmation = requireOwn(await tx.confirmation(idOf(presented)), context);
    if (confirmation.usedBy === null) return { previewed: parseBody(confirmation) };
    const spent = await tx.intent(confirmation.usedBy);
    if (spent?.askedDigest === digest) return { row: spent };
    throw invalid('This confirmation has been used: it is good for one order.');
  });
}

/** What was written down as to be sent. We wrote it: anything else is a defect. */
export function parseBody({ body }: Pick<ConfirmationRow, 'body'>): IntentBody {
  const parsed = JSON.parse(body) as IntentBody;
  if (typeof parsed.action === 'string') return parsed;
  throw new GatewayError('internal', 'The ledger holds an order that this version of the gateway does not understand.');
}

/** The price that was previewed; `undefined` when the order has none. */
export function priceOf(order: { readonly price?: unknown } | undefined) {
  return order?.price === undefined ? undefined : parseDecimal(order.price);
}
