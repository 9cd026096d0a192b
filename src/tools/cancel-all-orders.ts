import { z } from 'zod';
import { cancelAll } from '../orders/cancel-all.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, orNull, symbolField } from './support/input-fields.ts';
import { remarks, toRemarks } from './support/order-answer.ts';
import { environmentField, environmentOf } from './support/output-fields.ts';
import { heading, said, textTable } from './support/text-table.ts';

export const cancelAllOrders = defineTool({
  name: 'cancel_all_orders',
  title: 'Cancel all working orders',
  description:
    'Asks the broker to cancel every working order of an account, or those in one symbol. Until their status is Cancelled they may still fill.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  lane: 'rescue',
  input: z.strictObject({
    account_number: accountNumberField,
    symbol: orNull(symbolField).describe('An underlying or an instrument; absent: all.'),
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    cancelled: z.array(
      z.object({
        order_ids: z.array(z.string()),
        outcome: z.enum(['accepted', 'rejected', 'unknown']),
        reasons: remarks,
      }),
    ),
  }),
  async handle({ account_number, symbol }, context) {
    const account = (await context.chooseAccount(account_number)).number;
    const done = await cancelAll(symbol, account, context);
    const cancelled = done.map(({ orderIds, outcome }) => ({
      order_ids: [...orderIds],
      outcome: outcome.kind,
      reasons: toRemarks('reasons' in outcome ? outcome.reasons : []),
    }));
    const title = heading(`Cancel all${symbol === undefined ? '' : ` in ${symbol}`}`, {
      ...environmentOf(context),
      account,
    });
    const table = textTable(cancelled, {
      orders: (row) => row.order_ids.join(', '),
      outcome: (row) => row.outcome,
      reason: (row) => said(row.reasons[0]?.message),
    });
    const text = cancelled.length === 0 ? `${title}\nThere was nothing to cancel.` : `${title}\n${table}`;
    return { data: { ...environmentOf(context), account_number: account, cancelled }, text };
  },
});
