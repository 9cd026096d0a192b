import { isTerminal } from '../broker/model/order.ts';
import type { SendOutcome } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { fromSend } from './outcome.ts';
import type { SentOutcome } from './outcome.ts';
import { sendOnce } from './settle.ts';

const ON_ITS_WAY = 'Cancel Requested';

/** Asks once for an order to be cancelled. It may still fill before the broker gets to it: the order's status says. */
export async function cancelOrder(
  orderId: string,
  account: AccountNumber,
  context: TenantContext,
): Promise<SentOutcome> {
  const { broker, signal } = context;
  signal.throwIfAborted();
  const lookFor = async (own: AbortSignal): Promise<SendOutcome | undefined> => {
    const order = await broker.orders.get(account, orderId, { signal: own });
    const isSettled = order.status === ON_ITS_WAY || isTerminal(order.status);
    return isSettled ? { kind: 'accepted', order, effects: { warnings: [] } } : undefined;
  };
  return fromSend(await sendOnce(() => broker.orders.cancel(account, orderId, { signal }), lookFor, context));
}
