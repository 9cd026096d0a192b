import { ZERO } from '../../core/decimal.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { isConfirmationNeeded } from '../carry-out.ts';
import { mintConfirmation } from '../confirmation/confirmation.ts';
import { usageChecks } from '../ledger/usage-checks.ts';
import { toReserve } from '../limits/notional.ts';
import type { LimitCheck } from '../limits/limit-check.ts';
import type { Proposal } from '../proposal/proposal.ts';
import { legWords } from './leg-words.ts';
import { payoffOf } from './payoff.ts';
import type { Payoff } from './payoff.ts';

/** A proposal as it is shown before it is sent. */
export type OrderPreview = {
  readonly proposal: Proposal;
  /** Every leg in words, part by part. */
  readonly words: readonly string[];
  /** At expiration, fees not counted; absent where it is not defined. */
  readonly payoff?: Payoff;
  /** All rules in their order, those over many orders included. */
  readonly checks: readonly LimitCheck[];
  readonly needsConfirmation: boolean;
  /** Absent when a rule or the broker would refuse the order. */
  readonly confirmation?: { readonly secret: string; readonly id: string; readonly expiresAt: EpochMs };
};

/** Shows a proposal, and gives the confirmation by which exactly that can be sent once. */
export async function previewOrder(
  proposal: Proposal,
  { context, allowDuplicate }: { readonly context: TenantContext; readonly allowDuplicate: boolean },
): Promise<OrderPreview> {
  const { parts, foretold, account } = proposal;
  const checks = [...proposal.checks, ...(await usageNow(proposal, { context, allowDuplicate }))];
  const isSendable = checks.every(({ verdict }) => verdict === 'passed' || verdict === 'not-applied');
  const isWelcome = foretold?.kind !== 'would-be-rejected' || proposal.body.action === 'replace';
  const [only, ...others] = parts;
  const payoff = only === undefined || others.length > 0 ? undefined : payoffOf(only);
  return {
    proposal,
    words: parts.flatMap(({ ticket }) => ticket.legs.map((leg) => legWords(leg, ticket))),
    ...(payoff === undefined ? {} : { payoff }),
    checks,
    needsConfirmation: isConfirmationNeeded(context.tenant.plan.confirm, proposal),
    ...(isSendable && isWelcome ? { confirmation: await mintConfirmation(proposal.body, account, context) } : {}),
  };
}

type Showing = { readonly context: TenantContext; readonly allowDuplicate: boolean };

/** What the day's budget would say now; it is asked again, and taken, when the order is sent. */
async function usageNow(proposal: Proposal, { context, allowDuplicate }: Showing): Promise<readonly LimitCheck[]> {
  const { account, body, asked, isOpening, notional, facts } = proposal;
  const exposure = notional.kind === 'known' ? notional.value : ZERO;
  const lean = proposal.leansSince === undefined ? {} : { leansSince: proposal.leansSince };
  const draft = { account, body, asked, isOpening, ...lean, exposure, notional: toReserve(exposure, facts) };
  const guard = { needsConfirmation: false, allowDuplicate };
  const checks = await context.ledger.transact((tx) => usageChecks(tx, { draft, guard, context }));
  if (notional.kind === 'known') return checks;
  return checks.map((check) =>
    check.rule === 'daily_notional' ? { ...check, verdict: 'unreadable', why: notional.why } : check,
  );
}
