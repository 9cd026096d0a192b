import { z } from 'zod';
import { replaceOrder as replace } from '../orders/replace.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, orderIdField, priceField } from './support/input-fields.ts';
import { orderAnswerShape, outcomeText, tellOutcome } from './support/order-answer.ts';
import { environmentOf } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';

export const replaceOrder = defineTool({
  name: 'replace_order',
  title: 'Change the price of an order',
  description:
    'Gives a working limit order another net price (negative debit, positive credit); its legs stay. The broker cancels it and works a new one with a new id. A price that turns a debit into a credit, or back, is refused unless allow_sign_change is set.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
    account_number: accountNumberField,
    order_id: orderIdField,
    price: priceField,
    dry_run: z.boolean().default(false),
    allow_sign_change: z.boolean().default(false),
  }),
  output: z.object({
    ...orderAnswerShape,
    order_id: z.string(),
    price_before: z.string().optional(),
    price: z.string(),
  }),
  async handle({ account_number, order_id, price, dry_run, allow_sign_change }, context) {
    const account = await context.chooseAccount(account_number);
    const args = { orderId: order_id, price, dryRun: dry_run, allowSignChange: allow_sign_change };
    const { outcome, externalId, before } = await replace(args, account.number, context);
    const told = tellOutcome(outcome, externalId);
    const was = before.price;
    const data = {
      ...environmentOf(context),
      account_number: account.number,
      ...told,
      order_id,
      ...(was === undefined ? {} : { price_before: was }),
      price,
    };
    const title = heading(dry_run ? 'Replacement, dry run' : 'Replacement', {
      ...environmentOf(context),
      account: account.number,
    });
    return { data, text: `${title}\nOrder ${order_id}: ${was ?? ''} → ${price}\n${outcomeText(told)}` };
  },
});
