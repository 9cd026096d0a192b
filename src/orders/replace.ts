import type { AccountNumber } from '../broker/model/symbol.ts';
import type { Decimal } from '../core/decimal.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { carryOut } from './carry-out.ts';
import type { Carried, Terms } from './carry-out.ts';
import { findEarlier } from './ledger/find-earlier.ts';
import { askedDigestOf, parseBody } from './intent-body.ts';
import { proposeReplacement, replacementWords } from './proposal/propose-replacement.ts';
import type { AskedReplacement } from './proposal/propose-replacement.ts';
import { replay } from './send-intent.ts';

export type ReplaceArgs = { readonly asked: AskedReplacement; readonly terms: Terms };
/** `priceBefore` is absent for a call that had been made before. */
export type Replaced = Carried & { readonly priceBefore?: Decimal };

/** Gives a working order another price. Throws before anything was sent; what came of a send is always a result. */
export async function replaceOrder(
  { asked, terms }: ReplaceArgs,
  account: AccountNumber,
  context: TenantContext,
): Promise<Replaced> {
  const digest = askedDigestOf(account, 'replace', replacementWords(asked));
  const { row } = await findEarlier({ digest, ...terms }, context);
  if (row !== undefined) return { kind: 'sent', result: await replay(row, context), body: parseBody(row) };
  const { proposal, request, priceBefore } = await proposeReplacement(asked, account, { context, inFull: false });
  const carried = await carryOut(proposal, terms, {
    context,
    send: (externalId, sending) =>
      context.broker.orders.replace(account, asked.orderId, { ...request, externalId }, sending),
  });
  return { ...carried, priceBefore };
}
