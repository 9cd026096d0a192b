import { getLiveOrders } from '../get-live-orders.ts';
import { accountResource } from './account-resource.ts';

const MOST_ROWS = 500;

export const accountOrders = accountResource({
  part: 'orders',
  title: "Today's and working orders",
  tool: getLiveOrders,
  args: { limit: MOST_ROWS },
});
