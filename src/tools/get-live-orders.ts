import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import { accountNumberField, limitField, offsetField } from './support/input-fields.ts';
import { orderRow, ordersTable, toOrderRow } from './support/order-row.ts';
import { count, environmentField, environmentOf, pageFields } from './support/output-fields.ts';
import { pageOf, pageText } from './support/page.ts';
import { heading } from './support/text-table.ts';

export const getLiveOrders = defineTool({
  name: 'get_live_orders',
  title: "Today's and working orders",
  description:
    'Every order created or changed today, in any status, and older ones that still work (is_working). Working ones come first.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  lane: 'rescue',
  input: z.strictObject({ account_number: accountNumberField, limit: limitField(500, 100), offset: offsetField }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    working: count,
    orders: z.array(orderRow),
    ...pageFields,
  }),
  async handle({ account_number, limit, offset }, context) {
    const account = await context.chooseAccount(account_number);
    const live = await context.broker.orders.live(account.number, { signal: context.signal });
    const all = live.map(toOrderRow).toSorted((a, b) => Number(b.is_working) - Number(a.is_working));
    const working = all.filter((order) => order.is_working).length;
    const { rows: orders, ...page } = pageOf(all, { limit, offset });
    const data = { ...environmentOf(context), account_number: account.number, working, orders, ...page };
    const title = heading(`${working} working of ${all.length} orders today`, {
      ...environmentOf(context),
      account: account.number,
    });
    const body = all.length === 0 ? 'No orders.' : ordersTable(orders);
    return { data, text: `${title}${pageText(orders.length, { ...page, offset })}\n${body}` };
  },
});
