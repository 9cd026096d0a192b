import { z } from 'zod';
import { placeOrder as place } from '../orders/place.ts';
import { defineTool } from './define-tool.ts';
import { previewPlace } from './preview-order.ts';
import { answerCarried, carriedAnswer } from './support/carried-answer.ts';
import { accountNumberField } from './support/input-fields.ts';
import { effectsShape } from './support/order-answer.ts';
import { orderShape, termsShape, toAsked, toTerms } from './support/order-input.ts';
import { repairOrderArgs } from './support/repair-order-args.ts';

export const placeOrder = defineTool({
  name: 'place_order',
  title: 'Place an order',
  description:
    'Sends an order of 1 to 4 legs, once. price is the net of one unit of the leg ratio: negative pays (debit), positive receives (credit). Preview first. Where the plan wants a confirmation, the person is asked at the client, or preview_order gives one to pass on once they agree. The outcome is accepted, rejected or unknown; never resend an unknown one.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  lane: 'order',
  repair: repairOrderArgs,
  input: z.strictObject({ account_number: accountNumberField, ...orderShape, ...termsShape }),
  output: carriedAnswer.extend(effectsShape),
  async handle(input, context, client) {
    const account = await context.chooseAccount(input.account_number);
    const asked = toAsked(input);
    if (input.dry_run) {
      const { allow_duplicate } = input;
      return previewPlace(asked, account.number, { context, allowDuplicate: allow_duplicate });
    }
    const terms = toTerms(input, client);
    const carried = await place({ asked, terms }, account.number, context);
    return answerCarried(carried, { context, client, title: 'Order' });
  },
});
