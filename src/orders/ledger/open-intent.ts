import { epochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import { newYorkDate } from '../../core/new-york.ts';
import type { ConfirmationRow, IntentRow, LedgerTx } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { idOf, invalid, requireOwn, requireUsable } from '../confirmation/confirmation.ts';
import type { Presented } from '../confirmation/confirmation.ts';
import { checkStops, checkUnderWay, checkUsage, requirePassed } from '../limits/check-limits.ts';
import type { LimitCheck } from '../limits/limit-check.ts';
import { isCancel } from '../intent-body.ts';
import { changeRecord } from './audit-change.ts';
import { askedDigest, draftRow } from './intent.ts';
import type { Draft } from './intent.ts';

const MINUTE_MS = 60_000;

export type Guard = {
  readonly presented?: Presented;
  readonly needsConfirmation: boolean;
  /** Lets the same ticket be sent again so soon. */
  readonly allowDuplicate: boolean;
};

/** `earlier`: the same call had been made before, and nothing new was written. */
export type Opened = { readonly kind: 'opened' | 'earlier'; readonly row: IntentRow };

/**
 * The one step in which an order becomes an intent: whether it was asked before, whether trading is stopped, the confirmation
 * spent, the day's budget taken, the row and its record written; all of it or nothing. Two replicas may race; one wins.
 */
export function openIntent(draft: Draft, guard: Guard, context: TenantContext): Promise<Opened> {
  return context.ledger.transact(async (tx) => {
    const confirmation = await presentedRow(tx, guard, context);
    const earlier = await earlierOf(tx, draft, confirmation);
    if (earlier !== undefined) return { kind: 'earlier', row: earlier };
    if (!isCancel(draft.body)) {
      await requireRoom(tx, { draft, guard, context });
      if (confirmation !== undefined) requireUsable(confirmation, draft, context);
      else if (guard.needsConfirmation) throw needsConfirmation();
    }
    const row = draftRow(draft, context, confirmation);
    await tx.insert(row);
    if (confirmation !== undefined) await tx.spendConfirmation(confirmation.id, row.id);
    await tx.audit(changeRecord(undefined, row));
    return { kind: 'opened', row };
  });
}

async function presentedRow(
  tx: LedgerTx,
  { presented }: Guard,
  context: TenantContext,
): Promise<ConfirmationRow | undefined> {
  return presented === undefined ? undefined : requireOwn(await tx.confirmation(idOf(presented)), context);
}

/** The intent that the same call made before. Throws when its name or its confirmation went to something else. */
async function earlierOf(
  tx: LedgerTx,
  draft: Draft,
  confirmation: ConfirmationRow | undefined,
): Promise<IntentRow | undefined> {
  const { clientOrderId } = draft;
  const named = clientOrderId === undefined ? undefined : await tx.byClientOrderId(clientOrderId);
  if (named !== undefined) return requireSame(named, askedDigest(draft));
  const spentOn = confirmation?.usedBy;
  if (spentOn === undefined || spentOn === null) return undefined;
  const spent = await tx.intent(spentOn);
  if (spent?.askedDigest === askedDigest(draft)) return spent;
  throw invalid('This confirmation has been used: it is good for one order.');
}

/** Throws `client_order_id_taken` when the name was given to another order. */
export function requireSame(row: IntentRow, digest: string): IntentRow {
  if (row.askedDigest === digest) return row;
  throw new GatewayError('client_order_id_taken', 'This client_order_id was used for another order.', {
    details: { field: 'client_order_id', first_external_id: row.id },
    advice: 'Give every order an id of its own. To ask again about the first one, repeat that call exactly.',
  });
}

type Asking = { readonly draft: Draft; readonly guard: Guard; readonly context: TenantContext };

async function requireRoom(tx: LedgerTx, asking: Asking): Promise<void> {
  requirePassed(await usageChecks(tx, asking));
}

/** What the kill switch and the rules over many orders say at this moment. */
export async function usageChecks(tx: LedgerTx, { draft, guard, context }: Asking): Promise<readonly LimitCheck[]> {
  const { plan } = context.tenant;
  const now = context.clock.now();
  const usage = await tx.usage({
    day: newYorkDate(now),
    minuteSince: now - MINUTE_MS + 1,
    askedDigest: askedDigest(draft),
    repeatSince: now - plan.duplicateSeconds * 1000,
  });
  const order = {
    notional: draft.notional,
    isOpening: draft.isOpening,
    allowDuplicate: guard.allowDuplicate,
    now: epochMs(now),
  };
  const { account, leansSince } = draft;
  const underWay = leansSince === undefined ? 0 : await tx.underWay(account, leansSince);
  return [...checkStops(await tx.stops()), ...checkUnderWay(underWay), ...checkUsage(plan, usage, order)];
}

export const needsConfirmation = (): GatewayError =>
  new GatewayError('confirmation_needed', "This order needs a confirmation by the tenant's plan. Nothing was sent.", {
    advice:
      'Call preview_order with the same order, show what it says to the person, and repeat this call with the confirmation it gives.',
  });
