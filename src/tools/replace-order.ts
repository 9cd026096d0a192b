import { z } from 'zod';
import { previewOrder } from '../orders/preview/preview-order.ts';
import { proposeReplacement } from '../orders/proposal/propose-replacement.ts';
import { replaceOrder as replace } from '../orders/replace.ts';
import { defineTool } from './define-tool.ts';
import { answerCarried, carriedAnswer } from './support/carried-answer.ts';
import { accountNumberField, orderIdField, priceField } from './support/input-fields.ts';
import { termsShape, toTerms } from './support/order-input.ts';
import { environmentOf, maybeAmount } from './support/output-fields.ts';
import { previewText, tellPreview } from './support/preview-answer.ts';
import { heading } from './support/text-table.ts';

export const replaceOrder = defineTool({
  name: 'replace_order',
  title: 'Change the price of an order',
  description:
    'Gives a working order another net price (negative debit, positive credit); its legs stay. The broker cancels it and works a new one with a new id. dry_run previews it and gives the confirmation. A price that turns a debit into a credit, or back, is refused unless allow_sign_change is set.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  lane: 'order',
  input: z.strictObject({
    account_number: accountNumberField,
    order_id: orderIdField,
    price: priceField,
    allow_sign_change: z.boolean().default(false),
    ...termsShape,
  }),
  output: carriedAnswer.extend({ order_id: z.string(), price_before: maybeAmount, price: z.string() }),
  async handle(input, context, client) {
    const { order_id, price, allow_sign_change, allow_duplicate } = input;
    const account = (await context.chooseAccount(input.account_number)).number;
    const asked = { orderId: order_id, price, allowSignChange: allow_sign_change };
    if (input.dry_run) {
      const { proposal, priceBefore } = await proposeReplacement(asked, account, { context, inFull: true });
      const shown = await previewOrder(proposal, { context, allowDuplicate: allow_duplicate });
      const told = tellPreview(shown, context);
      const title = heading('Replacement, preview', { ...environmentOf(context), account });
      const text = `${title}\nOrder ${order_id}: ${priceBefore} → ${price}\n${previewText(told, shown)}`;
      return { data: { ...told, order_id, price_before: priceBefore, price }, text };
    }
    const { priceBefore, ...carried } = await replace({ asked, terms: toTerms(input, client) }, account, context);
    const answer = await answerCarried(carried, { context, client, title: 'Replacement' });
    if ('ask' in answer) return answer;
    const before = priceBefore === undefined ? {} : { price_before: priceBefore };
    const line = `Order ${order_id}: ${priceBefore ?? ''} → ${price}`;
    return { data: { ...answer.data, order_id, ...before, price }, text: `${line}\n${answer.text}` };
  },
});
