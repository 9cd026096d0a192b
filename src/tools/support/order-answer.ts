import { z } from 'zod';
import type { OrderEffects, OrderRemark } from '../../broker/model/order.ts';
import type { OrderOutcome } from '../../orders/outcome.ts';
import { quoted } from '../../core/quoted.ts';
import { orderBrief, toOrderBrief } from './order-row.ts';
import { environmentField, maybeAmount, maybeText, present } from './output-fields.ts';

const OUTCOMES = ['accepted', 'rejected', 'unknown', 'would_be_accepted', 'would_be_rejected'] as const;
const MOST_REMARKS = 20;

const remarks = z.array(z.object({ code: z.string(), message: z.string() }));

/** What every write of an order answers. Remarks are the broker's words. */
export const orderAnswerShape = {
  environment: environmentField,
  account_number: z.string(),
  outcome: z.enum(OUTCOMES).describe('unknown: it may or may not be at the broker. Never resend then.'),
  external_id: maybeText.describe('Our mark on the order.'),
  order: orderBrief.optional(),
  reasons: remarks.describe('Why it was or would be rejected.'),
  warnings: remarks,
  buying_power_change: maybeAmount,
  buying_power_after: maybeAmount,
  margin_change: maybeAmount,
  fees: maybeAmount.describe('A cost is negative.'),
  what_to_do: maybeText,
};

/** The outcome in the terms of `orderAnswerShape`, without where it came from. */
export function tellOutcome<Outcome extends OrderOutcome>(outcome: Outcome, externalId?: string) {
  const kind: Outcome['kind'] = outcome.kind;
  const order = 'order' in outcome ? outcome.order : undefined;
  return present({
    outcome: WORDS[kind],
    external_id: externalId,
    order: order === undefined ? undefined : toOrderBrief(order),
    reasons: toRemarks('reasons' in outcome ? outcome.reasons : []),
    ...tellEffects('effects' in outcome ? outcome.effects : undefined),
    what_to_do: outcome.kind === 'unknown' ? adviceFor(outcome.why, externalId) : undefined,
  });
}

function tellEffects(effects: OrderEffects | undefined) {
  const { buyingPower, fees, warnings } = effects ?? { warnings: [] };
  return {
    warnings: toRemarks(warnings),
    buying_power_change: buyingPower?.changeInBuyingPower,
    buying_power_after: buyingPower?.newBuyingPower,
    margin_change: buyingPower?.changeInMarginRequirement,
    fees,
  };
}

type Told = ReturnType<typeof tellOutcome<OrderOutcome>>;

const WORDS = {
  accepted: 'accepted',
  rejected: 'rejected',
  unknown: 'unknown',
  'would-be-accepted': 'would_be_accepted',
  'would-be-rejected': 'would_be_rejected',
} as const satisfies Record<OrderOutcome['kind'], (typeof OUTCOMES)[number]>;

function adviceFor(why: string, externalId: string | undefined): string {
  const mark = externalId === undefined ? '' : ` with external_id ${externalId}`;
  return `${why} It may or may not be at the broker. Do not send it again: look for it${mark} in get_live_orders, and in get_order_history later, until it is found or surely absent.`;
}

const toRemarks = (remarks: readonly OrderRemark[]) =>
  remarks.slice(0, MOST_REMARKS).map(({ code, message }) => ({ code: quoted(code, 80), message: quoted(message) }));

const SENTENCES: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  accepted: 'The broker has accepted it.',
  rejected: 'REJECTED: it was not carried out.',
  unknown: 'OUTCOME UNKNOWN.',
  would_be_accepted: 'Dry run: the broker would accept it. Nothing was sent.',
  would_be_rejected: 'Dry run: the broker would reject it. Nothing was sent.',
};

/** The outcome for the eye: the sentence first, then the order, then what the broker remarked. */
export function outcomeText(told: Told): string {
  const said = (label: string, list: Told['reasons']): string[] =>
    list.map(({ code, message }) => `${label}: "${message}" (${code})`);
  const amounts = [
    told.buying_power_change === undefined ? '' : `buying power ${signed(told.buying_power_change)}`,
    told.buying_power_after === undefined ? '' : `then ${told.buying_power_after}`,
    told.margin_change === undefined ? '' : `margin ${signed(told.margin_change)}`,
    told.fees === undefined ? '' : `fees ${told.fees}`,
  ].filter((part) => part !== '');
  return [
    SENTENCES[told.outcome],
    ...(told.what_to_do === undefined ? [] : [told.what_to_do]),
    ...(told.order === undefined ? [] : [`Order ${told.order.order_id}: ${told.order.status}`]),
    ...said('Reason', told.reasons),
    ...said('Warning', told.warnings),
    ...(amounts.length === 0 ? [] : [`Effect: ${amounts.join(', ')}.`]),
  ].join('\n');
}

const signed = (value: string): string => (value.startsWith('-') || value === '0' ? value : `+${value}`);
