import { createSharedReads } from '../core/shared-reads.ts';
import type { Broker, OrderOperations } from './broker.ts';

/**
 * Lets callers of one tenant that look at the same account at the same time share one call to the broker, whose ceilings
 * for these are the lowest. A read that began before an order was sent is never handed to somebody who asks after.
 */
export function shareAccountReads(broker: Broker): Broker {
  const { accounts, orders } = broker;
  const reads = createSharedReads();
  const fresh =
    <Args extends readonly unknown[], Answer>(send: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      try {
        return await send(...args);
      } finally {
        reads.startAfresh();
      }
    };
  const writes: Pick<OrderOperations, 'place' | 'replace' | 'cancel' | 'placeComplex' | 'cancelComplex'> = {
    place: fresh((...args) => orders.place(...args)),
    replace: fresh((...args) => orders.replace(...args)),
    cancel: fresh((...args) => orders.cancel(...args)),
    placeComplex: fresh((...args) => orders.placeComplex(...args)),
    cancelComplex: fresh((...args) => orders.cancelComplex(...args)),
  };
  return {
    ...broker,
    accounts: {
      ...accounts,
      list: (options) => reads.share('accounts', (call) => accounts.list(call), options),
      balances: (account, options) =>
        reads.share(`balances ${account}`, (call) => accounts.balances(account, call), options),
      positions: (account, options) =>
        reads.share(`positions ${account}`, (call) => accounts.positions(account, call), options),
      holdings: (account, options) =>
        reads.share(`holdings ${account}`, (call) => accounts.holdings(account, call), options),
    },
    orders: { ...orders, ...writes },
  };
}
