import type { ComplexRequest, ComplexType } from '../../broker/model/order.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { UnnamedComplex } from '../intent-body.ts';
import { requireClosing, requireComplexForm } from '../ticket/complex-rules.ts';
import { createHoldingsReader } from '../ticket/holdings-reader.ts';
import { judge } from './judge.ts';
import type { Proposal } from './proposal.ts';
import { askedWords, requestOf, workOut } from './propose-order.ts';
import type { AskedPlace } from './propose-order.ts';

export type AskedComplex = {
  readonly type: ComplexType;
  readonly trigger?: AskedPlace;
  readonly orders: readonly AskedPlace[];
};

export type ProposedComplex = { readonly proposal: Proposal; readonly request: UnnamedComplex };

/** The call's own words: what makes a second call the same call. */
export const complexWords = ({ type, trigger, orders }: AskedComplex): unknown => ({
  type,
  ...(trigger === undefined ? {} : { trigger: askedWords(trigger) }),
  orders: orders.map(askedWords),
});

/** Works orders that hang together out, and judges them as one. Throws `invalid_input` and what the broker throws. */
export async function proposeComplex(
  asked: AskedComplex,
  account: AccountNumber,
  { context, inFull }: { readonly context: TenantContext; readonly inFull: boolean },
): Promise<ProposedComplex> {
  requireComplexForm(asked);
  const { type, trigger, orders } = asked;
  const parts = [...(trigger === undefined ? [] : [trigger]), ...orders];
  const holdings = createHoldingsReader(account, context);
  const worked = await Promise.all(parts.map((part) => workOut(part, { context, holdings, options: {} })));
  const following = trigger === undefined ? worked : worked.slice(1);
  requireClosing(
    type,
    following.map(({ ticket }) => ticket),
  );
  const requests = worked.map(requestOf);
  const [first, ...rest] = requests;
  const request: UnnamedComplex =
    trigger === undefined || first === undefined ? { type, orders: requests } : { type, trigger: first, orders: rest };
  const proposal = await judge({
    account,
    body: { action: 'place-complex', request },
    asked: complexWords(asked),
    worked,
    holdings,
    complexType: type,
    inFull,
    dryRun: (externalId) =>
      context.broker.orders.previewComplex(account, named(request, externalId), { signal: context.signal }),
    context,
  });
  return { proposal, request };
}

/** The first part that is sent carries the intent's own id; the others count on from it. */
export function named({ type, trigger, orders }: UnnamedComplex, externalId: string): ComplexRequest {
  const nameOf = (at: number): string => (at === 0 ? externalId : `${externalId}-${at + 1}`);
  const shift = trigger === undefined ? 0 : 1;
  return {
    type,
    ...(trigger === undefined ? {} : { trigger: { ...trigger, externalId } }),
    orders: orders.map((order, at) => ({ ...order, externalId: nameOf(at + shift) })),
  };
}
