import { z } from 'zod';
import { COMPLEX_TYPES } from '../broker/model/order.ts';
import type { ComplexType } from '../broker/model/order.ts';
import { placeComplex } from '../orders/place-complex.ts';
import { previewOrder } from '../orders/preview/preview-order.ts';
import { proposeComplex } from '../orders/proposal/propose-complex.ts';
import type { AskedComplex } from '../orders/proposal/propose-complex.ts';
import type { AskedPlace } from '../orders/proposal/propose-order.ts';
import { defineTool } from './define-tool.ts';
import { answerCarried, carriedAnswer } from './support/carried-answer.ts';
import { accountNumberField } from './support/input-fields.ts';
import { partShape, termsShape, toAsked, toTerms } from './support/order-input.ts';
import { orderLikeLive } from './support/order-row.ts';
import { environmentOf } from './support/output-fields.ts';
import { previewText, tellPreview } from './support/preview-answer.ts';
import { repairOrderArgs } from './support/repair-order-args.ts';
import { heading } from './support/text-table.ts';

export const placeComplexOrder = defineTool({
  name: 'place_complex_order',
  title: 'Place orders that hang together',
  description:
    'OCO: two closing orders, the first to fill cancels the other. OTO: the first order is the trigger, its fill sends the others (1 to 3). OTOCO: the first is the trigger, its fill sends two of which one cancels the other. Limit prices must be given. dry_run previews it and gives the confirmation.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  lane: 'order',
  repair: repairOrderArgs,
  input: z.strictObject({
    account_number: accountNumberField,
    type: z.enum(COMPLEX_TYPES),
    orders: z.array(z.strictObject(partShape)).min(2).max(4).describe('Each as in place_order.'),
    ...termsShape,
  }),
  output: carriedAnswer.extend({ other_orders: z.array(orderLikeLive).optional() }),
  async handle(input, context, client) {
    const account = (await context.chooseAccount(input.account_number)).number;
    const asked = toComplex(input.type, input.orders.map(toAsked));
    if (input.dry_run) {
      const { proposal } = await proposeComplex(asked, account, { context, inFull: true });
      const shown = await previewOrder(proposal, { context, allowDuplicate: input.allow_duplicate });
      const told = tellPreview(shown, context);
      const title = heading(`${input.type} order, preview`, { ...environmentOf(context), account });
      return { data: told, text: `${title}\n${previewText(told, shown)}` };
    }
    const carried = await placeComplex({ asked, terms: toTerms(input, client) }, account, context);
    return answerCarried(carried, { context, client, title: `${input.type} order` });
  },
});

function toComplex(type: ComplexType, orders: readonly AskedPlace[]): AskedComplex {
  const [trigger, ...rest] = orders;
  return type === 'OCO' || trigger === undefined ? { type, orders } : { type, trigger, orders: rest };
}
