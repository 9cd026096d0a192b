import { z } from 'zod';
import type { AccountNumber } from '../broker/model/symbol.ts';
import { previewOrder as preview } from '../orders/preview/preview-order.ts';
import { proposeOrder } from '../orders/proposal/propose-order.ts';
import type { AskedPlace } from '../orders/proposal/propose-order.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField } from './support/input-fields.ts';
import { allowDuplicateField, orderShape, toAsked } from './support/order-input.ts';
import { environmentOf } from './support/output-fields.ts';
import { previewShape, previewText, tellPreview } from './support/preview-answer.ts';
import { repairOrderArgs } from './support/repair-order-args.ts';
import { heading } from './support/text-table.ts';

export const previewOrder = defineTool({
  name: 'preview_order',
  title: 'Preview an order',
  description:
    'Shows what an order would do, without sending it: legs in words, price against the market, cost, fees, greatest loss and profit, and what the rules say. Gives a confirmation that sends exactly this order, once: show the person all of it before you pass it to place_order.',
  scope: 'trade',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  repair: repairOrderArgs,
  input: z.strictObject({ account_number: accountNumberField, ...orderShape, allow_duplicate: allowDuplicateField }),
  output: z.object(previewShape),
  async handle(input, context) {
    const account = await context.chooseAccount(input.account_number);
    return previewPlace(toAsked(input), account.number, { context, allowDuplicate: input.allow_duplicate });
  },
});

type Showing = { readonly context: TenantContext; readonly allowDuplicate: boolean };

/** Works the order out in full and shows it. */
export async function previewPlace(asked: AskedPlace, account: AccountNumber, { context, allowDuplicate }: Showing) {
  const proposal = await proposeOrder(asked, account, { context, options: { inFull: true } });
  const shown = await preview(proposal, { context, allowDuplicate });
  const data = tellPreview(shown, context);
  const title = heading('Order, preview', { ...environmentOf(context), account });
  return { data, text: `${title}\n${previewText(data, shown)}` };
}
