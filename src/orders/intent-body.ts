import type { ComplexRequest, OrderRequest, ReplaceRequest } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import { canonicalJson, sha256 } from '../core/canonical-json.ts';
import { GatewayError } from '../core/errors.ts';

/** What is to be sent, without the external identifiers that it is sent under. */
export type IntentBody =
  | { readonly action: 'place'; readonly request: UnnamedOrder }
  | { readonly action: 'replace'; readonly orderId: string; readonly request: Omit<ReplaceRequest, 'externalId'> }
  | { readonly action: 'place-complex'; readonly request: UnnamedComplex }
  | { readonly action: 'cancel'; readonly orderId: string }
  | { readonly action: 'cancel-complex'; readonly complexOrderId: string };

export type UnnamedOrder = Omit<OrderRequest, 'externalId'>;
export type UnnamedComplex = Omit<ComplexRequest, 'trigger' | 'orders'> & {
  readonly trigger?: UnnamedOrder;
  readonly orders: readonly UnnamedOrder[];
};

export const isCancel = ({ action }: { readonly action: string }): boolean => action.startsWith('cancel');

export const bodyText = (body: IntentBody): string => canonicalJson(body);

/** What was written down as to be sent. We wrote it: anything else is a defect. */
export function parseBody({ body }: { readonly body: string }): IntentBody {
  const parsed = JSON.parse(body) as IntentBody;
  if (typeof parsed.action === 'string') return parsed;
  throw new GatewayError('internal', 'The ledger holds an order that this version of the gateway does not understand.');
}

/** The order that the body is about, where it is about one. */
export function targetOf(body: IntentBody): string | null {
  if ('orderId' in body) return body.orderId;
  return body.action === 'cancel-complex' ? body.complexOrderId : null;
}

/** What makes two calls the same call: the account, what is to be done, and the words it was asked in. */
export const askedDigestOf = (account: AccountNumber, action: IntentBody['action'], asked: unknown): string =>
  sha256(canonicalJson([account, action, asked]));
