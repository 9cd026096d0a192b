import type { PlacedOrder } from '../../src/broker/model/order.ts';
import { ACCOUNT } from './fake-broker-bench.ts';

/** An order that works at the broker. */
export const placedOrder = (id: string, changes: Partial<PlacedOrder> = {}): PlacedOrder => ({
  id,
  account: ACCOUNT,
  status: 'Live',
  orderType: 'Limit',
  timeInForce: 'Day',
  legs: [],
  isCancellable: true,
  isEditable: true,
  ...changes,
});
