import { z } from 'zod';
import { cancelOrder } from '../orders/cancel.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, orderIdField } from './support/input-fields.ts';
import { orderLikeLive } from './support/order-row.ts';
import { outcomeText, remarks, tellOutcome } from './support/order-answer.ts';
import { environmentField, environmentOf, maybeText, present } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';

export const deleteOrder = defineTool({
  name: 'delete_order',
  title: 'Cancel an order',
  description:
    'Asks the broker to cancel a working order. Until its status is Cancelled it may still fill: look at get_live_orders.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  lane: 'rescue',
  input: z.strictObject({ account_number: accountNumberField, order_id: orderIdField }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    order_id: z.string(),
    success: z.boolean(),
    outcome: z.enum(['accepted', 'rejected', 'unknown']),
    status: maybeText,
    order: orderLikeLive.optional(),
    reasons: remarks,
    what_to_do: maybeText,
  }),
  async handle({ account_number, order_id }, context) {
    const account = await context.chooseAccount(account_number);
    const told = tellOutcome((await cancelOrder(order_id, account.number, context)).outcome);
    const { order, reasons, what_to_do } = told;
    const data = present({
      ...environmentOf(context),
      account_number: account.number,
      order_id,
      success: told.outcome === 'accepted',
      outcome: told.outcome,
      status: order?.status,
      order,
      reasons,
      what_to_do,
    });
    const title = heading(`Cancel order ${order_id}`, { ...environmentOf(context), account: account.number });
    return { data, text: `${title}\n${outcomeText(told)}` };
  },
});
