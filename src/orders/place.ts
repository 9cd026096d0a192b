import type { AccountNumber } from '../broker/model/symbol.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { carryOut } from './carry-out.ts';
import type { Carried, Terms } from './carry-out.ts';
import { findEarlier, parseBody, priceOf } from './ledger/find-earlier.ts';
import { askedDigestOf } from './intent-body.ts';
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
  const previewedPrice = previewed?.action === 'place' ? priceOf(previewed.request) : undefined;
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
