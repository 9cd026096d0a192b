import type { ComplexType, OrderType } from '../../broker/model/order.ts';
import type { Decimal } from '../../core/decimal.ts';
import { GatewayError } from '../../core/errors.ts';
import { hasPrice } from './order-rules.ts';
import { parseAction } from './leg-action.ts';

/** How many orders follow, and whether one goes before them. */
const FORMS: Readonly<Record<ComplexType, { min: number; max: number; hasTrigger: boolean; words: string }>> = {
  OCO: { min: 2, max: 2, hasTrigger: false, words: 'two closing orders and no trigger' },
  OTO: { min: 1, max: 3, hasTrigger: true, words: 'a trigger and one to three orders that follow it' },
  OTOCO: {
    min: 2,
    max: 2,
    hasTrigger: true,
    words: 'a trigger and two closing orders, of which one cancels the other',
  },
};

type PartForm = {
  readonly orderType: OrderType;
  readonly price?: Decimal;
  readonly legs: readonly { readonly action: string }[];
};
type ComplexForm = { readonly type: ComplexType; readonly trigger?: PartForm; readonly orders: readonly PartForm[] };

/** The broker's rules of form for orders that hang together. Throws `invalid_input`. */
export function requireComplexForm({ type, trigger, orders }: ComplexForm): void {
  const form = FORMS[type];
  const isFit = orders.length >= form.min && orders.length <= form.max && (trigger !== undefined) === form.hasTrigger;
  if (!isFit) throw refused('orders', `An ${type} order has ${form.words}.`);
  const parts = [...(trigger === undefined ? [] : [trigger]), ...orders];
  if (parts.some((part) => hasPrice(part.orderType) && part.price === undefined)) {
    throw refused('price', `Every limit order within an ${type} order needs its own price.`);
  }
  requireClosing(type, orders);
}

type Legs = { readonly legs: readonly { readonly action: string }[] };

/** Asked of the words, and again once a plain 'Buy' has turned out to open. Throws `invalid_input`. */
export function requireClosing(type: ComplexType, orders: readonly Legs[]): void {
  if (type === 'OTO' || orders.every(closes)) return;
  throw refused('legs', 'The two orders of which one cancels the other close a position.', CLOSING_ADVICE);
}

const CLOSING_ADVICE = "Use the actions 'Sell to Close' and 'Buy to Close' in them ('Buy' and 'Sell' for futures).";

const closes = ({ legs }: Legs): boolean => legs.every(({ action }) => !parseAction(action).endsWith('Open'));

function refused(field: string, message: string, advice?: string): GatewayError {
  return new GatewayError('invalid_input', message, {
    details: { field },
    ...(advice === undefined ? {} : { advice }),
  });
}
