import { z } from 'zod';
import { placeOrder as place } from '../orders/place.ts';
import type { PlaceResult } from '../orders/place.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, listOf, priceField, quantityField } from './support/input-fields.ts';
import { OPTION_RULE, instrumentShape, isWhole, toSpec } from './support/instrument-input.ts';
import { orderAnswerShape, outcomeText, tellOutcome } from './support/order-answer.ts';
import { environmentOf, maybeAmount, present } from './support/output-fields.ts';
import { heading, textTable } from './support/text-table.ts';

const legInput = z
  .strictObject({
    ...instrumentShape,
    action: z
      .string()
      .max(30, { abort: true })
      .describe(
        'Stocks: Buy or Sell (or Sell to Open for a short). Options: Buy to Open, Buy to Close, Sell to Open, Sell to Close. Futures: Buy or Sell.',
      ),
    quantity: quantityField,
  })
  .refine(isWhole, { error: OPTION_RULE })
  .meta({ examples: [{ symbol: 'SPY', action: 'Buy', quantity: 10 }] });

export const placeOrder = defineTool({
  name: 'place_order',
  title: 'Place an order',
  description:
    'Sends an order of 1 to 4 legs, once. price is the net of one unit of the leg ratio: negative pays (debit), positive receives (credit). Use dry_run first: it says what the broker would do and what it would cost. The outcome is accepted, rejected or unknown; never resend an unknown one.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  input: z.strictObject({
    account_number: accountNumberField,
    legs: listOf(legInput, { most: 4 }),
    price: priceField.nullish().describe('Null or absent: the mid of the live quotes.'),
    order_type: z.enum(['Limit', 'Market']).default('Limit'),
    time_in_force: z.enum(['Day', 'GTC', 'IOC']).default('Day'),
    dry_run: z.boolean().default(false),
  }),
  output: z.object({
    ...orderAnswerShape,
    sent: z
      .object({
        order_type: z.string(),
        time_in_force: z.string(),
        price: maybeAmount,
        legs: z.array(z.object({ symbol: z.string(), action: z.string(), quantity: z.string() })),
      })
      .describe('Exactly what was, or on a dry run would be, sent.'),
    auto_price: z
      .object({ mid: z.string(), natural: z.string(), step: z.string() })
      .optional()
      .describe('The market that a null price was found in; natural could be had at once.'),
  }),
  async handle({ account_number, legs, price, order_type, time_in_force, dry_run }, context) {
    const account = await context.chooseAccount(account_number);
    const asked = {
      legs: legs.map(({ action, quantity, ...instrument }) => ({ spec: toSpec(instrument), action, quantity })),
      orderType: order_type,
      timeInForce: time_in_force,
      price: price ?? undefined,
      dryRun: dry_run,
    };
    const result = await place(asked, account.number, context);
    const told = tellOutcome(result.outcome, result.externalId);
    const from = { ...environmentOf(context), account_number: account.number };
    const data = present({ ...from, ...told, sent: sentOf(result), auto_price: marketOf(result) });
    const title = heading(dry_run ? 'Order, dry run' : 'Order', { ...from, account: account.number });
    return { data, text: [title, sentText(result), outcomeText(told)].join('\n') };
  },
});

function sentOf({ request }: PlaceResult) {
  return present({
    order_type: request.orderType,
    time_in_force: request.timeInForce,
    price: request.price,
    legs: request.legs.map(({ symbol, action, quantity }) => ({ symbol, action, quantity })),
  });
}

function marketOf({ found }: PlaceResult) {
  return found === undefined ? undefined : { mid: found.mid, natural: found.natural, step: found.step };
}

function sentText({ request, found }: PlaceResult): string {
  const table = textTable(request.legs, {
    action: (leg) => leg.action,
    quantity: (leg) => leg.quantity,
    symbol: (leg) => leg.symbol,
  });
  const kind = request.price?.startsWith('-') === true ? 'debit' : 'credit';
  const price = request.price === undefined ? 'order' : `at ${request.price} (${kind} per unit)`;
  const source = found === undefined ? '' : `, found by us: mid ${found.mid}, natural ${found.natural}`;
  return `${table}\n${request.orderType} ${price}${source}, ${request.timeInForce}`;
}
