import type { AccountNumber } from '../broker/model/symbol.ts';
import { ZERO } from '../core/decimal.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { IntentBody } from './intent-body.ts';
import type { Draft } from './ledger/intent.ts';
import { checkAccess, requirePassed } from './limits/check-limits.ts';
import type { OrderResult } from './outcome.ts';
import { sendIntent } from './send-intent.ts';
import type { Send } from './send-intent.ts';

const UNGUARDED = { needsConfirmation: false, allowDuplicate: true };

/** Asks once for an order to be cancelled. It may still fill before the broker gets to it: the order's status says. */
export function cancelOrder(orderId: string, account: AccountNumber, context: TenantContext): Promise<OrderResult> {
  const body = { action: 'cancel', orderId } as const;
  return cancel(body, account, {
    context,
    send: (_externalId, sending) => context.broker.orders.cancel(account, orderId, sending),
  });
}

/** Asks once for all parts of a complex order to be cancelled. */
export function cancelComplex(
  complexOrderId: string,
  account: AccountNumber,
  context: TenantContext,
): Promise<OrderResult> {
  const body = { action: 'cancel-complex', complexOrderId } as const;
  return cancel(body, account, {
    context,
    send: (_externalId, sending) => context.broker.orders.cancelComplex(account, complexOrderId, sending),
  });
}

/** No rule for opening orders, no kill switch and no confirmation stands in the way of a cancel. */
function cancel(
  body: IntentBody,
  account: AccountNumber,
  sending: { readonly context: TenantContext; readonly send: Send },
): Promise<OrderResult> {
  requirePassed(checkAccess(sending.context.tenant.plan, account));
  const draft: Draft = { account, body, asked: body, isOpening: false, exposure: ZERO, notional: ZERO };
  return sendIntent(draft, UNGUARDED, sending);
}
