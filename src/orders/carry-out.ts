import { compare } from '../core/decimal.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import type { ConfirmRule } from '../tenancy/plan/plan.ts';
import type { Presented } from './confirmation/confirmation.ts';
import type { IntentBody } from './intent-body.ts';
import { usageChecks } from './ledger/usage-checks.ts';
import { requirePassed } from './limits/check-limits.ts';
import { toReserve } from './limits/notional.ts';
import type { ForetoldOutcome, OrderResult } from './outcome.ts';
import type { Proposal } from './proposal/proposal.ts';
import { sendIntent } from './send-intent.ts';
import type { Send } from './send-intent.ts';

/** What a caller says about the call, beside the order itself. */
export type Terms = {
  readonly clientOrderId?: string;
  readonly presented?: Presented;
  /** The person at the client can be asked: then nothing that the caller brings by itself takes the place of that. */
  readonly canAsk?: boolean;
  readonly allowDuplicate: boolean;
};

/**
 * How far a call came. `sent`: it was, now or when the same call was first made. `foretold`: the broker's dry run refused it, so
 * it was not sent. `needs-confirmation`: nothing was sent, and a confirmation may be asked for.
 */
export type Carried =
  | { readonly kind: 'sent'; readonly result: OrderResult; readonly body: IntentBody; readonly proposal?: Proposal }
  | { readonly kind: 'foretold'; readonly outcome: ForetoldOutcome; readonly proposal: Proposal }
  | { readonly kind: 'needs-confirmation'; readonly proposal: Proposal };

/**
 * Sends what was proposed, if the tenant's rules, the broker's dry run and, where the plan wants one, a confirmation allow it.
 * Throws where a rule refuses.
 */
export async function carryOut(
  proposal: Proposal,
  terms: Terms,
  { context, send }: { readonly context: TenantContext; readonly send: Send },
): Promise<Carried> {
  const { checks, foretold, notional, body, isOpening } = proposal;
  requirePassed(checks.filter(({ verdict }) => verdict === 'refused'));
  if (foretold?.kind === 'would-be-rejected' && isFinal(proposal)) {
    return { kind: 'foretold', outcome: foretold, proposal };
  }
  // After the broker's own refusal, which often leaves the figures out: its reasons say more than that they are missing.
  requirePassed(checks);
  if (notional.kind === 'unreadable') throw new RangeError('An opening order passed its limits without a notional');
  const { presented, clientOrderId, allowDuplicate } = terms;
  const needsConfirmation = isConfirmationNeeded(context.tenant.plan.confirm, proposal);
  const draft = {
    account: proposal.account,
    body,
    asked: proposal.asked,
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    isOpening,
    ...(proposal.leansSince === undefined ? {} : { leansSince: proposal.leansSince }),
    exposure: notional.value,
    notional: toReserve(notional.value, proposal.facts),
  };
  const guard = { ...(presented === undefined ? {} : { presented }), needsConfirmation, allowDuplicate };
  if (needsConfirmation && !isConfirmed(terms)) {
    // Nobody is asked to confirm what would be refused all the same.
    requirePassed(await context.ledger.transact((tx) => usageChecks(tx, { draft, guard, context })));
    return { kind: 'needs-confirmation', proposal };
  }
  return { kind: 'sent', result: await sendIntent(draft, guard, { context, send }), body, proposal };
}

/** An id comes only out of a state of ours, after the person has answered. */
const isConfirmed = ({ presented, canAsk }: Terms): boolean =>
  presented !== undefined && ('id' in presented || canAsk !== true);

/** A dry run of a replacement may count the order that it replaces, so its refusal is no last word; nor may one hold up a close. */
const isFinal = ({ body, isOpening }: Proposal): boolean => isOpening && body.action !== 'replace';

/** What only closes has a notional of nought, and is confirmed only where everything is. */
export function isConfirmationNeeded(rule: ConfirmRule, { notional }: Proposal): boolean {
  if (rule === 'always' || rule === 'never') return rule === 'always';
  return notional.kind === 'unreadable' || compare(notional.value, rule.above) > 0;
}
