import { z } from 'zod';
import type { PlacedLeg, PlacedOrder } from '../../broker/model/order.ts';
import { isTerminal } from '../../broker/model/order.ts';
import { divide, isZero, multiply, sum } from '../../core/decimal.ts';
import { quoted } from '../../core/quoted.ts';
import { isoOf, maybeAmount, maybeText, present } from './output-fields.ts';
import { textTable } from './text-table.ts';

/** An order as every tool tells it. */
export const orderRow = z.object({
  order_id: z.string(),
  status: z.string(),
  is_working: z.boolean(),
  order_type: z.string(),
  time_in_force: z.string(),
  underlying_symbol: maybeText,
  price: maybeAmount.describe('Net, signed: credit positive, debit negative.'),
  stop_trigger: maybeAmount,
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
  reject_reason: maybeText,
  replaces: maybeText,
  replaced_by: maybeText,
  complex_order_id: maybeText,
  external_id: maybeText,
  received_at: maybeText,
  updated_at: maybeText,
});

export type OrderRow = z.input<typeof orderRow>;

export function toOrderRow(order: PlacedOrder): OrderRow {
  return present({
    order_id: order.id,
    status: order.status,
    is_working: !isTerminal(order.status),
    order_type: order.orderType,
    time_in_force: order.timeInForce,
    underlying_symbol: order.underlying,
    price: order.price,
    stop_trigger: order.stopTrigger,
    legs: order.legs.map(toLegRow),
    can_cancel: order.isCancellable,
    can_replace: order.isEditable,
    reject_reason: order.rejectReason === undefined ? undefined : quoted(order.rejectReason),
    replaces: order.replaces,
    replaced_by: order.replacedBy,
    complex_order_id: order.complexOrderId,
    external_id: order.externalId,
    received_at: isoOf(order.receivedAt),
    updated_at: isoOf(order.updatedAt),
  });
}

function toLegRow({ symbol, action, quantity, fills }: PlacedLeg) {
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
    reason: (row) => row.reject_reason,
  });

/** `Buy to Open 2 SPY …` for one leg, `4 legs SPX` for more. */
function legsText({ legs, underlying_symbol }: OrderRow): string {
  const [leg, ...others] = legs;
  if (leg === undefined || others.length > 0) return `${legs.length} legs ${underlying_symbol ?? ''}`;
  return `${leg.action} ${leg.quantity ?? ''} ${leg.symbol}`;
}

