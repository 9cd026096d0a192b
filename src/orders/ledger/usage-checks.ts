import { epochMs } from '../../core/clock.ts';
import { newYorkDate } from '../../core/new-york.ts';
import type { LedgerTx } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { checkStops, checkUnderWay, checkUsage } from '../limits/check-limits.ts';
import type { LimitCheck } from '../limits/limit-check.ts';
import { askedDigest } from './intent.ts';
import type { Draft, Guard } from './intent.ts';

const MINUTE_MS = 60_000;

type Asking = {
  readonly draft: Draft;
  readonly guard: Pick<Guard, 'allowDuplicate'>;
  readonly context: TenantContext;
};

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
