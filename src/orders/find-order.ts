import type { PlacedOrder } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import { GatewayError } from '../core/errors.ts';
import type { IntentRow } from '../storage/stores/ledger-store.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { settleIntent } from './settle/settle-intent.ts';

/** How an order may be named: as the broker does, as we do, or as the caller did. */
export type OrderName =
  | { readonly orderId: string }
  | { readonly externalId: string }
  | { readonly clientOrderId: string };

/** What the ledger and the broker hold of one order: at least one of the two. */
export type FoundOrder = { readonly intent?: IntentRow; readonly order?: PlacedOrder };

/**
 * An order, whether it is still on its way or long done. One whose outcome is unknown is looked for at the broker first. Throws
 * `not_found`, also for what belongs to another tenant or account.
 */
export async function findOrder(name: OrderName, account: AccountNumber, context: TenantContext): Promise<FoundOrder> {
  const { broker, ledger, signal } = context;
  if ('orderId' in name) {
    const order = await broker.orders.get(account, name.orderId, { signal });
    const intent = order.externalId === undefined ? undefined : await ledger.intent(order.externalId);
    return intent === undefined ? { order } : { intent, order };
  }
  const row = await ('externalId' in name
    ? ledger.intent(name.externalId)
    : ledger.byClientOrderId(name.clientOrderId));
  if (row === undefined || row.account !== account) throw notFound();
  const intent = row.state === 'sending' || row.state === 'unknown' ? await settleIntent(row, context) : row;
  if (intent.orderId === null) return { intent };
  return { intent, order: await broker.orders.get(account, intent.orderId, { signal }) };
}

const notFound = (): GatewayError =>
  new GatewayError('not_found', 'There is no such order in this account.', {
    advice: 'get_live_orders and get_order_history list those there are.',
  });
