import type { AccountNumber } from '../broker/model/symbol.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { carryOut } from './carry-out.ts';
import type { Carried, Terms } from './carry-out.ts';
import { findEarlier } from './ledger/find-earlier.ts';
import { askedDigestOf, parseBody } from './intent-body.ts';
import { complexWords, named, proposeComplex } from './proposal/propose-complex.ts';
import type { AskedComplex } from './proposal/propose-complex.ts';
import { replay } from './send-intent.ts';

export type PlaceComplexArgs = { readonly asked: AskedComplex; readonly terms: Terms };

/** Sends orders that hang together, as one. Throws before anything was sent; what came of a send is always a result. */
export async function placeComplex(
  { asked, terms }: PlaceComplexArgs,
  account: AccountNumber,
  context: TenantContext,
): Promise<Carried> {
  const digest = askedDigestOf(account, 'place-complex', complexWords(asked));
  const { row } = await findEarlier({ digest, ...terms }, context);
  if (row !== undefined) return { kind: 'sent', result: await replay(row, context), body: parseBody(row) };
  const { proposal, request } = await proposeComplex(asked, account, { context, inFull: false });
  return carryOut(proposal, terms, {
    context,
    send: (externalId, sending) => context.broker.orders.placeComplex(account, named(request, externalId), sending),
  });
}
