import { z } from 'zod';
import { epochMs, toIso } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { findOrder } from '../orders/find-order.ts';
import type { FoundOrder, OrderName } from '../orders/find-order.ts';
import { outcomeOf } from '../orders/ledger/intent.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, orNull, orderIdField } from './support/input-fields.ts';
import { adviceFor, remarkText, remarks, toRemarks } from './support/order-answer.ts';
import { clientOrderIdField } from './support/order-input.ts';
import { orderLikeLive, ordersTable, toOrderRow } from './support/order-row.ts';
import { environmentField, environmentOf, maybeText, present } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';

export const getOrder = defineTool({
  name: 'get_order',
  title: 'Look at one order',
  description:
    "One order by order_id (the broker's), external_id (ours) or client_order_id (yours): its state here and at the broker. Use it when an outcome was unknown.",
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  lane: 'rescue',
  input: z.strictObject({
    account_number: accountNumberField,
    order_id: orNull(orderIdField),
    external_id: orNull(z.uuid()),
    client_order_id: orNull(clientOrderIdField),
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    external_id: maybeText,
    client_order_id: maybeText,
    action: maybeText,
    state: maybeText.describe('drafted, sending, accepted, rejected, unknown or settled.'),
    settlement: maybeText.describe('How an unknown one was settled.'),
    outcome: maybeText.describe('accepted, rejected or unknown.'),
    needs_a_person: z.boolean().optional(),
    what_to_do: maybeText,
    reasons: remarks,
    sent_at: maybeText,
    order: orderLikeLive.optional(),
  }),
  async handle({ account_number, order_id, external_id, client_order_id }, context) {
    const name = nameOf({ order_id, external_id, client_order_id });
    const account = (await context.chooseAccount(account_number)).number;
    const data = {
      ...environmentOf(context),
      account_number: account,
      ...tell(await findOrder(name, account, context)),
    };
    const title = heading('Order', { ...environmentOf(context), account });
    const state =
      data.state === undefined ? [] : [`${data.external_id}: ${data.state} ${data.settlement ?? ''}`.trim()];
    const advice = data.what_to_do === undefined ? [] : [data.what_to_do];
    const reasons = data.reasons.map((reason) => `Reason: ${remarkText(reason)}`);
    const table = data.order === undefined ? [] : [ordersTable([data.order])];
    return { data, text: [title, ...state, ...advice, ...reasons, ...table].join('\n') };
  },
});

type Names = { order_id?: string | undefined; external_id?: string | undefined; client_order_id?: string | undefined };

function nameOf({ order_id, external_id, client_order_id }: Names): OrderName {
  const names: OrderName[] = [
    ...(order_id === undefined ? [] : [{ orderId: order_id }]),
    ...(external_id === undefined ? [] : [{ externalId: external_id }]),
    ...(client_order_id === undefined ? [] : [{ clientOrderId: client_order_id }]),
  ];
  const [name, ...others] = names;
  if (name !== undefined && others.length === 0) return name;
  throw new GatewayError('invalid_input', 'An order is named in one way: order_id, external_id or client_order_id.', {
    advice: 'Give exactly one of the three.',
  });
}

const tell = ({ intent, order }: FoundOrder) => ({
  reasons: [],
  ...(intent === undefined ? {} : tellIntent(intent)),
  ...(order === undefined ? {} : { order: toOrderRow(order) }),
});

function tellIntent(intent: NonNullable<FoundOrder['intent']>) {
  const outcome = outcomeOf(intent);
  const isFlagged = intent.flaggedAt !== null && intent.state !== 'settled';
  return present({
    external_id: intent.id,
    client_order_id: intent.clientOrderId ?? undefined,
    action: intent.action,
    state: intent.state,
    settlement: intent.settlement ?? undefined,
    outcome: outcome.kind,
    needs_a_person: isFlagged,
    what_to_do: outcome.kind === 'unknown' ? adviceFor(outcome.why, { isFlagged }) : undefined,
    reasons: outcome.kind === 'rejected' ? toRemarks(outcome.reasons) : [],
    sent_at: intent.sentAt === null ? undefined : toIso(epochMs(intent.sentAt)),
  });
}
