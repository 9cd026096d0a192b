import { GatewayError } from '../../core/errors.ts';

const MAX_SEGMENT = 200;
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
/** What some proxy on the way might decode a second time into a dot, a slash or a backslash. */
const ENCODED_STRUCTURE = /%(?:2e|2f|5c|25)/iu;

function climbs(text: string): boolean {
  return text.split(/[/\\]/u).some((part) => part === '.' || part === '..');
}

function refused(): GatewayError {
  return new GatewayError('invalid_input', 'A name or symbol in this call cannot be part of a broker address.', {
    advice: 'Write the symbol, name or id without dots between slashes, percent codes or control characters.',
  });
}

/** Encodes one path segment. Throws `invalid_input` for whatever could turn one address into another. */
export function segment(text: string): string {
  const isPlain = text.length > 0 && text.length <= MAX_SEGMENT && text.isWellFormed();
  if (!isPlain || CONTROL.test(text) || ENCODED_STRUCTURE.test(text) || climbs(text)) throw refused();
  return encodeURIComponent(text);
}

/** An address at the broker; every value between the braces is one encoded segment. */
export function route(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return parts.map((part, at) => (at === 0 ? part : `${segment(values[at - 1] ?? '')}${part}`)).join('');
}

const ACCOUNT_NUMBER = /^[A-Za-z0-9-]{1,32}$/u;
const ORDER_ID = /^\d{1,20}$/u;

/** `/accounts/{number}`. Throws `invalid_input` when the number cannot be one. */
export function accountRoute(account: string): string {
  if (!ACCOUNT_NUMBER.test(account)) {
    throw new GatewayError('invalid_input', 'This is not an account number.', {
      advice: 'Take one from list_accounts.',
    });
  }
  return `/accounts/${account}`;
}

/** `/accounts/{number}/orders/{id}`. An id is digits only: `live` or `dry-run` would name another address. */
export function orderRoute(account: string, orderId: string): string {
  if (!ORDER_ID.test(orderId)) {
    throw new GatewayError('invalid_input', 'An order id is a number.', { advice: 'Take one from get_live_orders.' });
  }
  return `${accountRoute(account)}/orders/${orderId}`;
}

/** `/accounts/{number}/complex-orders/{id}`: complex orders are numbered by themselves. */
export function complexOrderRoute(account: string, complexOrderId: string): string {
  if (!ORDER_ID.test(complexOrderId)) throw new GatewayError('invalid_input', 'The id of a complex order is a number.');
  return `${accountRoute(account)}/complex-orders/${complexOrderId}`;
}

/** In order; a list becomes the broker's `key[]=a&key[]=b`. An absent value is left out. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (typeof value === 'object') return value.map((item) => [`${key}[]`, item] as const);
    return [[key, String(value)] as const];
  });
  if (pairs.length === 0) return '';
  return `?${pairs.map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join('&')}`;
}
