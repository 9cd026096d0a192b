import type { AccountNumber } from '../broker/model/symbol.ts';
import { parseDecimal } from '../core/decimal.ts';
import type { Decimal } from '../core/decimal.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { carryOut } from './carry-out.ts';
import type { Carried, Terms } from './carry-out.ts';
import { askedDigestOf, parseBody } from './intent-body.ts';
import type { IntentBody } from './intent-body.ts';
import { findEarlier } from './ledger/find-earlier.ts';
import { askedWords, proposeOrder, requestOf } from './proposal/propose-order.ts';
import type { AskedPlace } from './proposal/propose-order.ts';
import { replay } from './send-intent.ts';

export type PlaceArgs = { readonly asked: AskedPlace; readonly terms: Terms };

/**
 * Earlier call? → ticket → price → facts → limits → confirmation → ledger → send once → settle.
 * Throws before anything was sent; what came of a send is always a result.
 */
export async function placeOrder(
  { asked, terms }: PlaceArgs,
  account: AccountNumber,
  context: TenantContext,
): Promise<Carried> {
  const digest = askedDigestOf(account, 'place', askedWords(asked));
  const { row, previewed } = await findEarlier({ digest, ...terms }, context);
  if (row !== undefined) return { kind: 'sent', result: await replay(row, context), body: parseBody(row) };
  const previewedPrice = priceOf(previewed);
  const options = { inFull: false, ...(previewedPrice === undefined ? {} : { previewedPrice }) };
  const proposal = await proposeOrder(asked, account, { context, options });
  const [part] = proposal.parts;
  if (part === undefined) throw new RangeError('An order without a part');
  const request = requestOf(part);
  return carryOut(proposal, terms, {
    context,
    send: (externalId, sending) => context.broker.orders.place(account, { ...request, externalId }, sending),
  });
}

/** The price that was previewed, out of JSON; `undefined` when that order has none. */
function priceOf(previewed: IntentBody | undefined): Decimal | undefined {
  const price = previewed?.action === 'place' ? previewed.request.price : undefined;
  return price === undefined ? undefined : parseDecimal(price);
}
