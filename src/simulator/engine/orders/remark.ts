import type { DeskRefusal, WireObject } from '../desk.ts';

/** A refusal's or a warning's inner entry. */
export type Remark = { readonly code: string; readonly message: string };

const REFUSALS = {
  margin_check_failed: 'Account does not have sufficient buying power available for this order.',
  cant_buy_for_credit: 'Cannot buy for a credit or sell for a debit.',
  gtc_market_orders_not_supported: 'GTC/GTD Market orders are not supported.',
  tif_market_orders_not_supported: 'Market orders are not supported with this time in force.',
  tif_no_after_hours_opening_market_orders: 'Opening market orders not allowed when market closed.',
  tif_no_after_hours_market_orders: 'Market orders are not allowed in the extended session.',
  tif_no_after_hours_orders: 'Extended hours orders are not accepted at this time.',
  tif_not_supported: 'This time in force is not supported for this order.',
  illegal_buy_and_sell_on_same_symbol: 'Cannot buy and sell against the same symbol.',
  cannot_close_against_more_than_existing_position: 'Cannot close against more than the existing position.',
  cannot_open_against_existing_position: 'Cannot open against an existing position of the other side.',
  order_must_omit_price: 'Price must be omitted for this order type.',
  fractional_market_orders_only: 'Fractional orders must be market orders.',
  fractional_equity_invalid_fractional_precision: 'Fractional quantity may have at most 5 decimal places.',
  fractional_not_supported: 'Fractional orders are not supported for this instrument.',
  below_notional_value_minimum: 'Order is below the minimum notional value of $5.',
  instrument_validation_failed: 'One or more instruments are not valid for trading.',
  too_close_to_expiration: 'Opening orders are not accepted this close to expiration.',
  invalid_price_increment: 'Price is not a valid price increment.',
  too_many_legs: 'The order has too many legs for its instrument type.',
  mixed_underlyings: 'All legs must be of the same underlying.',
  duplicate_leg_symbols: 'Each leg must have a distinct symbol.',
  single_leg_required: 'This order type must have exactly one leg.',
  order_size_limit_exceeded: 'Order quantity is over the limit of this account.',
  futures_not_enabled: 'Futures trading is not enabled for this account.',
  cryptocurrency_not_enabled: 'Cryptocurrency trading is not enabled for this account.',
  short_selling_not_enabled: 'Selling short is not enabled for this account.',
  short_calls_not_enabled: 'Uncovered short calls are not enabled for this account.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export const refusalRemark = (code: RefusalCode): Remark => ({ code, message: REFUSALS[code] });

export const NEXT_SESSION: Remark = {
  code: 'tif.next_valid_session',
  message: 'Your order will begin working during next valid session.',
};

export const closingWithNoPosition = (becomes: string): Remark => ({
  code: 'closing_with_no_position',
  message: `You cannot route a closing order without an existing position to close. This order will be updated to a ${becomes.toLowerCase()} order when routed.`,
});

export function preflightRefusal(errors: readonly Remark[], data?: WireObject): DeskRefusal {
  return {
    kind: 'refused',
    status: 422,
    error: { code: 'preflight_check_failure', message: 'One or more preflight checks failed', errors },
    ...(data === undefined ? {} : { data }),
  };
}

const plainRefusal = (status: number, code: string, message: string): DeskRefusal => ({
  kind: 'refused',
  status,
  error: { code, message },
});

export const noSuchOrder = (): DeskRefusal => plainRefusal(404, 'record_not_found', "Couldn't find Order");
export const cannotUpdate = (): DeskRefusal =>
  plainRefusal(422, 'cannot_update_order', 'Order can no longer be updated.');
