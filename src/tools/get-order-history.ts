import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import { historyInput, historyPage } from './support/history-page.ts';
import { orNull, symbolField } from './support/input-fields.ts';
import { orderLikeLive, ordersTable, toOrderRow } from './support/order-row.ts';
import { environmentField, environmentOf, pageFields } from './support/output-fields.ts';
import { pageText } from './support/page.ts';
import { heading } from './support/text-table.ts';

export const getOrderHistory = defineTool({
  name: 'get_order_history',
  title: 'Order history',
  description: 'Orders of one account in any status, newest first, with fills. For what works now, get_live_orders.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({ ...historyInput({ days: 7 }), underlying_symbol: orNull(symbolField) }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    start_date: z.string(),
    orders: z.array(orderLikeLive),
    ...pageFields,
  }),
  async handle({ account_number, days, underlying_symbol, ...page }, context) {
    const account = await context.chooseAccount(account_number);
    const { query, toPage } = historyPage({ days, ...page, underlying: underlying_symbol }, context.clock);
    const listing = await context.broker.history.orders(account.number, query, { signal: context.signal });
    const orders = listing.rows.map(toOrderRow);
    const data = {
      ...environmentOf(context),
      account_number: account.number,
      start_date: query.startDate,
      orders,
      ...toPage(listing),
    };
    const title = heading(`Orders since ${query.startDate}`, { ...environmentOf(context), account: account.number });
    const body = orders.length === 0 ? 'No orders.' : ordersTable(orders);
    return { data, text: `${title}${pageText(orders.length, { ...data, ...page })}\n${body}` };
  },
});
