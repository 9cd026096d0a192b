import { z } from 'zod';
import { toIso } from '../../core/clock.ts';
import type { LimitCheck } from '../../orders/limits/limit-check.ts';
import type { OrderFacts } from '../../orders/limits/order-facts.ts';
import type { OrderPreview } from '../../orders/preview/preview-order.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import {
  FORETOLD,
  effectText,
  effectsShape,
  outcomeSentence,
  remarkText,
  tellEffects,
  tellOutcome,
} from './order-answer.ts';
import { partsInWords } from './order-words.ts';
import { environmentField, environmentOf, maybeText, present } from './output-fields.ts';
import { sentOf } from './sent-order.ts';

const texts = z.array(z.string());

/** What a preview answers: what the broker foretells, what it would cost, and what the rules say. */
export const previewShape = {
  environment: environmentField,
  account_number: z.string(),
  outcome: z.enum(FORETOLD),
  ...effectsShape,
  sent: z
    .looseObject({})
    .optional()
    .describe('order_type, time_in_force, price and legs, exactly as they would be sent.'),
  legs_in_words: texts.optional(),
  market: z
    .looseObject({})
    .optional()
    .describe('Net per unit: mid, natural (could be had at once), opposite; and age_ms.'),
  max_loss: maybeText,
  max_profit: maybeText,
  break_evens: texts.optional(),
  limits_checked: texts.optional(),
  limits_refused: texts.optional(),
  limits_not_checked: texts.optional(),
  confirmation_needed: z.boolean().optional(),
  confirmation: maybeText.describe('Sends exactly this order, once, before it expires.'),
  confirmation_expires_at: maybeText,
};

/** A preview in the terms of `previewShape`. */
export function tellPreview(preview: OrderPreview, context: TenantContext) {
  const { proposal, payoff, confirmation, words, checks } = preview;
  const { foretold, parts, account, facts } = proposal;
  const [first] = parts;
  const { effects } = facts;
  return present({
    ...environmentOf(context),
    account_number: account,
    ...(foretold === undefined ? notForetold(effects) : tellOutcome(foretold)),
    ...tellEffects(effects.kind === 'known' ? effects.value : undefined),
    legs_in_words: [...words],
    sent: sentOf(proposal.body),
    market: parts.length === 1 && first !== undefined ? marketOf(first) : undefined,
    max_loss: payoff?.maxLoss,
    max_profit: payoff?.maxProfit,
    break_evens: payoff === undefined ? undefined : [...payoff.breakEvens],
    ...tellChecks(checks),
    confirmation_needed: preview.needsConfirmation,
    confirmation: confirmation?.secret,
    confirmation_expires_at: confirmation === undefined ? undefined : toIso(confirmation.expiresAt),
    repairs: proposal.repairs.length === 0 ? undefined : [...proposal.repairs],
  });
}

/** No answer is no refusal: it says so, and why, in our own words. */
function notForetold(effects: OrderFacts['effects']) {
  const message = effects.kind === 'unreadable' ? effects.why : 'The broker did not tell.';
  return { outcome: 'not_foretold' as const, reasons: [{ code: 'dry_run_unreadable', message }] };
}

export function marketOf({ market }: OrderPreview['proposal']['parts'][number]) {
  if (market.kind === 'unreadable') return undefined;
  const { mid, natural, opposite, ageMs } = market.value;
  return { mid, natural, opposite, age_ms: Math.round(ageMs) };
}

function tellChecks(checks: readonly LimitCheck[]) {
  const those = (...verdicts: readonly LimitCheck['verdict'][]): string[] =>
    checks.filter(({ verdict }) => verdicts.includes(verdict)).map(checkText);
  return {
    limits_checked: those('passed'),
    limits_refused: those('refused'),
    limits_not_checked: those('unreadable'),
  };
}

function checkText({ rule, figure, limit, why, verdict }: LimitCheck): string {
  if (verdict !== 'passed') return `${rule}: ${why}`;
  return `${rule}: ${figure ?? 'ok'}${limit === undefined ? '' : ` (limit ${limit})`}`;
}

type ToldPreview = ReturnType<typeof tellPreview>;

/** A preview for the eye: what it is, what it costs, what stands against it, and how it is sent. */
export function previewText(told: ToldPreview, { proposal }: OrderPreview): string {
  const list = (label: string, lines: readonly string[] | undefined): string[] =>
    (lines ?? []).map((line) => `${label}: ${line}`);
  return [
    ...partsInWords(proposal.parts),
    ...(told.market === undefined
      ? []
      : [`Market: mid ${told.market.mid}, natural ${told.market.natural}, ${told.market.age_ms} ms old.`]),
    outcomeSentence(told),
    ...list('Reason', told.reasons.map(remarkText)),
    ...list('Warning', told.warnings.map(remarkText)),
    ...effectText(told),
    ...payoffText(told),
    ...list('AGAINST THE RULES', told.limits_refused),
    ...list('COULD NOT BE CHECKED', told.limits_not_checked),
    confirmationText(told),
    ...list('Read as meant', told.repairs),
  ].join('\n');
}

function payoffText({ max_loss, max_profit, break_evens }: ToldPreview): string[] {
  if (max_loss === undefined || max_profit === undefined) return [];
  return [
    `At expiration: max loss ${max_loss}, max profit ${max_profit}, break-even ${break_evens?.join(', ') || 'none'}.`,
  ];
}

function confirmationText({ confirmation, confirmation_expires_at, confirmation_needed }: ToldPreview): string {
  if (confirmation === undefined) return 'It cannot be sent as it is.';
  const need = confirmation_needed ? 'It is needed' : "It is not needed by this tenant's plan, but may be given";
  return `Confirmation: ${confirmation} (until ${confirmation_expires_at}). ${need} to send exactly this.`;
}
