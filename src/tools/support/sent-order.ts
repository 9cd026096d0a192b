import type { IntentBody } from '../../orders/intent-body.ts';
import { present } from './output-fields.ts';
import { textTable } from './text-table.ts';

type SentOrder = {
  readonly order_type: string;
  readonly time_in_force: string;
  readonly good_until?: string;
  readonly price?: string;
  readonly stop_trigger?: string;
  readonly value?: string;
  readonly legs: readonly { readonly symbol: string; readonly action: string; readonly quantity?: string }[];
};

/** One order as it goes to the broker; a complex one is told by its parts, in words. */
export function sentOf(body: IntentBody): SentOrder | undefined {
  if (body.action !== 'place') return undefined;
  const { orderType, timeInForce, goodUntil, price, stopTrigger, value, legs } = body.request;
  return present({
    order_type: orderType,
    time_in_force: timeInForce,
    good_until: goodUntil,
    price,
    stop_trigger: stopTrigger,
    value,
    legs: legs.map(({ symbol, action, quantity }) => present({ symbol, action, quantity })),
  });
}

export function sentText(sent: SentOrder): string {
  const { order_type, time_in_force, good_until, price, stop_trigger, value, legs } = sent;
  const table = textTable(legs, {
    action: (leg) => leg.action,
    quantity: (leg) => leg.quantity,
    symbol: (leg) => leg.symbol,
  });
  const kind = price?.startsWith('-') === true ? 'debit' : 'credit';
  const terms = [
    price === undefined ? `${order_type} order` : `${order_type} at ${price} (${kind} per unit)`,
    ...(stop_trigger === undefined ? [] : [`triggered at ${stop_trigger}`]),
    ...(value === undefined ? [] : [`value ${value}`]),
    good_until === undefined ? time_in_force : `${time_in_force} until ${good_until}`,
  ];
  return `${table}\n${terms.join(', ')}`;
}
