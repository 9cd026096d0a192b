import { z } from 'zod';
import { ORDER_TYPES, TIMES_IN_FORCE } from '../../broker/model/order.ts';
import { decimal } from '../../core/decimal.ts';
import type { Terms } from '../../orders/carry-out.ts';
import type { AskedPlace } from '../../orders/proposal/propose-order.ts';
import type { ClientChannel } from '../client-channel.ts';
import { canAsk, givenInClient } from './confirm-in-client.ts';
import { dateField, decimalField, orNull, priceField, quantityField } from './input-fields.ts';
import { OPTION_RULE, instrumentShape, isWhole, toSpec } from './instrument-input.ts';

const ACTIONS =
  'Stocks: Buy or Sell (or Sell to Open for a short). Options: Buy to Open, Buy to Close, Sell to Open, Sell to Close. Futures: Buy or Sell.';

const actionField = z.string().max(30, { abort: true });

const legOf = (action: z.ZodString) =>
  z
    .strictObject({ ...instrumentShape, action, quantity: orNull(quantityField) })
    .refine(isWhole, { error: OPTION_RULE })
    .meta({ examples: [{ symbol: 'SPY', action: 'Buy', quantity: 10 }] });

const legsOf = (action: z.ZodString) => z.array(legOf(action)).min(1).max(4);

const positiveAmount = (rule: string) => decimalField({ rule, min: decimal('0.0001'), max: decimal(10_000_000) });

/** One order among several: as `orderShape`, which explains the fields. */
export const partShape = {
  legs: legsOf(actionField),
  price: orNull(priceField),
  order_type: z.enum(ORDER_TYPES).default('Limit'),
  time_in_force: z.enum(TIMES_IN_FORCE).default('Day'),
  good_until: orNull(dateField),
  stop_trigger: orNull(positiveAmount('a positive price')),
  value: orNull(positiveAmount('a positive amount of dollars')),
};

/** One order, as every tool that places or previews one takes it. */
export const orderShape = {
  ...partShape,
  legs: legsOf(actionField.describe(ACTIONS)),
  price: partShape.price.describe('Absent in a Limit order: the mid of the live quotes.'),
  good_until: partShape.good_until.describe('With GTD.'),
  stop_trigger: partShape.stop_trigger.describe('With Stop and Stop Limit.'),
  value: partShape.value.describe('With Notional Market: dollars to trade; the leg has no quantity.'),
};

type OrderInput = z.output<z.ZodObject<typeof orderShape>>;

export function toAsked(input: OrderInput): AskedPlace {
  const { legs, price, good_until, stop_trigger, value } = input;
  return {
    legs: legs.map(({ action, quantity, ...instrument }) => ({
      spec: toSpec(instrument),
      action,
      ...(quantity === undefined ? {} : { quantity }),
    })),
    orderType: input.order_type,
    timeInForce: input.time_in_force,
    ...(price === undefined ? {} : { price }),
    ...(good_until === undefined ? {} : { goodUntil: good_until }),
    ...(stop_trigger === undefined ? {} : { stopTrigger: stop_trigger }),
    ...(value === undefined ? {} : { value }),
  };
}

export const clientOrderIdField = z
  .string()
  .regex(/^\w[\w.:-]{0,63}$/u, { error: 'letters, digits and . : _ - only, at most 64, a letter or digit first' });

/** What `ids.secret` makes, and blanks around it that came along in copying. */
const confirmationField = z.string().regex(/^ *[\w-]{1,64} *$/u, { error: 'a confirmation as a preview gives it' });

export const allowDuplicateField = z.boolean().default(false);

/** What goes with the order in a call that sends it. */
export const termsShape = {
  client_order_id: orNull(clientOrderIdField).describe(
    'Your own name for this order. Repeat the call with it after a lost answer: nothing is sent twice.',
  ),
  confirmation: orNull(confirmationField).describe('From a preview of exactly this order.'),
  allow_duplicate: allowDuplicateField,
  dry_run: z.boolean().default(false).describe('Only preview.'),
};

type TermsInput = z.output<z.ZodObject<typeof termsShape>>;

/** What the person at the client has said stands before a confirmation that the caller brings. Throws `confirmation_declined`. */
export function toTerms(input: TermsInput, client: ClientChannel): Terms {
  const { client_order_id, confirmation, allow_duplicate } = input;
  const shown = givenInClient(client) ?? (confirmation === undefined ? undefined : { secret: confirmation.trim() });
  return {
    ...(client_order_id === undefined ? {} : { clientOrderId: client_order_id }),
    ...(shown === undefined ? {} : { presented: shown }),
    canAsk: canAsk(client),
    allowDuplicate: allow_duplicate,
  };
}
