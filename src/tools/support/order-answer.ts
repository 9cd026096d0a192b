import { z } from 'zod';
import type { OrderEffects, OrderRemark } from '../../broker/model/order.ts';
import type { OrderOutcome, OrderResult } from '../../orders/outcome.ts';
import { quoted } from '../../core/quoted.ts';
import { orderLikeLive, toOrderBrief } from './order-row.ts';
import { environmentField, maybeAmount, maybeText, present } from './output-fields.ts';

/** `not_foretold`: the broker's dry run could not be had. */
export const FORETOLD = ['would_be_accepted', 'would_be_rejected', 'not_foretold'] as const;
const OUTCOMES = ['accepted', 'rejected', 'unknown', ...FORETOLD] as const;
const MOST_REMARKS = 20;

export const remarks = z.array(z.object({ code: z.string(), message: z.string() }));

const moreRemarks = z.array(z.looseObject({})).describe('Like reasons.');

/** What the broker makes of an order, whether it was sent or not. */
export const effectsShape = {
  reasons: remarks,
  warnings: moreRemarks,
  buying_power_change: maybeAmount,
  buying_power_after: maybeAmount,
  margin_change: maybeAmount,
  fees: maybeAmount.describe('A cost is negative.'),
  repairs: z.array(z.string()).optional().describe('What was read as something else than it said.'),
};

/** What every write of an order answers. Remarks are the broker's words. */
export const writeShape = {
  environment: environmentField,
  account_number: z.string(),
  outcome: z.enum(OUTCOMES).describe('unknown: it may or may not be at the broker. Never resend then.'),
  external_id: maybeText.describe('Our mark on the order, for get_order.'),
  replayed: z.boolean().optional().describe('It was sent by an earlier call; this is what came of it.'),
  order: orderLikeLive.optional(),
  what_to_do: maybeText,
  reasons: remarks,
  warnings: moreRemarks,
};

/** The outcome in the terms of `writeShape`, without where it came from. */
export function tellOutcome<Outcome extends OrderOutcome>(outcome: Outcome, externalId?: string) {
  const kind: Outcome['kind'] = outcome.kind;
  const order = 'order' in outcome ? outcome.order : undefined;
  return present({
    outcome: WORDS[kind],
    external_id: externalId,
    order: order === undefined ? undefined : toOrderBrief(order),
    reasons: toRemarks('reasons' in outcome ? outcome.reasons : []),
    ...tellEffects('effects' in outcome ? outcome.effects : undefined),
    what_to_do: outcome.kind === 'unknown' ? adviceFor(outcome.why, { externalId }) : undefined,
  });
}

/** What came of something sent, or of the same call when it was first made. */
export function tellResult({ outcome, externalId, replayed, isFlagged }: OrderResult) {
  return present({
    ...tellOutcome(outcome, externalId),
    other_orders: 'others' in outcome ? outcome.others?.map(toOrderBrief) : undefined,
    replayed: replayed ? true : undefined,
    what_to_do: outcome.kind === 'unknown' ? adviceFor(outcome.why, { externalId, isFlagged }) : undefined,
  });
}

const FLAGGED =
  'It could not be settled in time and was flagged for a person: it may or may not be at the broker. Do not send it again before somebody has looked at the account.';

export function tellEffects(effects: OrderEffects | undefined) {
  const { buyingPower, fees, warnings } = effects ?? { warnings: [] };
  return {
    warnings: toRemarks(warnings),
    buying_power_change: buyingPower?.changeInBuyingPower,
    buying_power_after: buyingPower?.newBuyingPower,
    margin_change: buyingPower?.changeInMarginRequirement,
    fees,
  };
}

type Told = ReturnType<typeof tellOutcome<OrderOutcome>> & {
  readonly replayed?: boolean;
  readonly other_orders?: readonly ReturnType<typeof toOrderBrief>[];
};

const WORDS = {
  accepted: 'accepted',
  rejected: 'rejected',
  unknown: 'unknown',
  'would-be-accepted': 'would_be_accepted',
  'would-be-rejected': 'would_be_rejected',
} as const satisfies Record<OrderOutcome['kind'], (typeof OUTCOMES)[number]>;

type Unsettled = { readonly externalId?: string | undefined; readonly isFlagged?: boolean | undefined };

/** What to do about an order of which it is not known whether it was carried out. */
export function adviceFor(why: string, { externalId, isFlagged }: Unsettled): string {
  if (isFlagged === true) return FLAGGED;
  const mark = externalId === undefined ? '' : ` with external_id ${externalId}`;
  return `${why} It may or may not be at the broker. Do not send it again: ask get_order${mark}, until it says what became of it. That takes a minute at most.`;
}

export const toRemarks = (remarks: readonly OrderRemark[]) =>
  remarks.slice(0, MOST_REMARKS).map(({ code, message }) => ({ code: quoted(code, 80), message: quoted(message) }));

const PLAIN_CODE = /^[\w.:-]+$/u;

/** A remark for the eye, marked as somebody else's words from its first character to its last. */
export function remarkText({ code, message }: OrderRemark): string {
  return `${JSON.stringify(message)} (${PLAIN_CODE.test(code) ? code : JSON.stringify(code)})`;
}

const SENTENCES: Readonly<Record<(typeof OUTCOMES)[number], string>> = {
  accepted: 'The broker has accepted it.',
  rejected: 'REJECTED: it was not carried out.',
  unknown: 'OUTCOME UNKNOWN.',
  would_be_accepted: 'The broker would accept it. Nothing was sent.',
  would_be_rejected: 'The broker would not accept it. Nothing was sent.',
  not_foretold: 'What the broker would make of it is not known. Nothing was sent.',
};

export const outcomeSentence = ({ outcome }: { readonly outcome: (typeof OUTCOMES)[number] }): string =>
  SENTENCES[outcome];

/** The outcome for the eye: the sentence first, then the order, then what the broker remarked. */
export function outcomeText(told: Told): string {
  const said = (label: string, list: Told['reasons']): string[] =>
    list.map((remark) => `${label}: ${remarkText(remark)}`);
  return [
    ...(told.replayed === true ? ['This call was made before; nothing was sent again. What came of it:'] : []),
    outcomeSentence(told),
    ...(told.what_to_do === undefined ? [] : [told.what_to_do]),
    ...[told.order, ...(told.other_orders ?? [])].flatMap((order) =>
      order === undefined ? [] : [`Order ${order.order_id}: ${order.status}`],
    ),
    ...said('Reason', told.reasons),
    ...said('Warning', told.warnings),
    ...effectText(told),
  ].join('\n');
}

type Amount = 'buying_power_change' | 'buying_power_after' | 'margin_change' | 'fees';
type Amounts = { readonly [Key in Amount]?: string | undefined };

export function effectText(told: Amounts): string[] {
  const amounts = [
    told.buying_power_change === undefined ? '' : `buying power ${signed(told.buying_power_change)}`,
    told.buying_power_after === undefined ? '' : `then ${told.buying_power_after}`,
    told.margin_change === undefined ? '' : `margin ${signed(told.margin_change)}`,
    told.fees === undefined ? '' : `fees ${told.fees}`,
  ].filter((part) => part !== '');
  return amounts.length === 0 ? [] : [`Effect: ${amounts.join(', ')}.`];
}

const signed = (value: string): string => (value.startsWith('-') || value === '0' ? value : `+${value}`);
