import { z } from 'zod';
import type { PlacedLeg, PlacedOrder } from '../../broker/model/order.ts';
import { isTerminal } from '../../broker/model/order.ts';
import { divide, isZero, multiply, sum } from '../../core/decimal.ts';
import { quoted } from '../../core/quoted.ts';
import { isoOf, maybeAmount, maybeText, present } from './output-fields.ts';
import { said, textTable } from './text-table.ts';

/** The broker's words for a status, a type or an action: unknown ones are passed on, and none is a speech. */
const MAX_WORD = 40;

/** The order that a write was about: what became of it, without what the caller said itself. */
const orderBrief = z.object({
  order_id: z.string(),
  status: z.string(),
  is_working: z.boolean(),
  price: maybeAmount.describe('Net, signed: credit positive, debit negative.'),
  reject_reason: maybeText,
  replaces: maybeText,
  complex_order_id: maybeText,
  received_at: maybeText,
});

/** An order as the lists tell it. */
export const orderRow = z.object({
  ...orderBrief.shape,
  order_type: z.string(),
  time_in_force: z.string(),
  underlying_symbol: maybeText,
  stop_trigger: maybeAmount,
  value: maybeAmount,
  legs: z.array(
    z.object({
      symbol: z.string(),
      action: z.string(),
      quantity: maybeAmount,
      filled: maybeAmount,
      average_fill_price: maybeAmount,
    }),
  ),
  can_cancel: z.boolean(),
  can_replace: z.boolean(),
  replaced_by: maybeText,
  external_id: maybeText,
  updated_at: maybeText,
});

/** The same where a listing names its fields already: only what every order has is spelt out again. */
export const orderLikeLive = z
  .looseObject({ order_id: z.string(), status: z.string() })
  .describe('Fields as in get_live_orders.');

export type OrderRow = z.input<typeof orderRow>;

export function toOrderBrief(order: PlacedOrder): z.input<typeof orderBrief> {
  return present({
    order_id: order.id,
    status: quoted(order.status, MAX_WORD),
    is_working: !isTerminal(order.status),
    price: order.price,
    reject_reason: order.rejectReason === undefined ? undefined : quoted(order.rejectReason),
    replaces: order.replaces,
    complex_order_id: order.complexOrderId,
    received_at: isoOf(order.receivedAt),
  });
}

export function toOrderRow(order: PlacedOrder): OrderRow {
  return present({
    ...toOrderBrief(order),
    order_type: quoted(order.orderType, MAX_WORD),
    time_in_force: quoted(order.timeInForce, MAX_WORD),
    underlying_symbol: order.underlying,
    stop_trigger: order.stopTrigger,
    value: order.value,
    legs: order.legs.map(toLegRow),
    can_cancel: order.isCancellable,
    can_replace: order.isEditable,
    replaced_by: order.replacedBy,
    external_id: order.externalId,
    updated_at: isoOf(order.updatedAt),
  });
}

function toLegRow({ symbol, action: said, quantity, fills }: PlacedLeg) {
  const action = quoted(said, MAX_WORD);
  const filled = sum(fills.map((fill) => fill.quantity));
  if (isZero(filled)) return present({ symbol, action, quantity });
  const paid = sum(fills.map((fill) => multiply(fill.price, fill.quantity)));
  return present({ symbol, action, quantity, filled, average_fill_price: divide(paid, filled, 6) });
}

export const ordersTable = (orders: readonly OrderRow[]): string =>
  textTable(orders, {
    order: (row) => row.order_id,
    status: (row) => row.status,
    what: (row) => legsText(row),
    price: (row) => row.price,
    type: (row) => row.order_type,
    until: (row) => row.time_in_force,
    filled: (row) => row.legs[0]?.filled,
    reason: (row) => said(row.reject_reason),
  });

/** `Buy to Open 2 SPY …` for one leg, `4 legs SPX` for more. */
function legsText({ legs, underlying_symbol }: OrderRow): string {
  const [leg, ...others] = legs;
  if (leg === undefined || others.length > 0) return `${legs.length} legs ${underlying_symbol ?? ''}`;
  return `${leg.action} ${leg.quantity ?? ''} ${leg.symbol}`;
}
