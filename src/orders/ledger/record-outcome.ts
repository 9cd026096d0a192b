import { epochMs } from '../../core/clock.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { IntentChanges, IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { SentOutcome } from '../outcome.ts';
import { changeIntent } from './audit-change.ts';
import { outcomeText } from './intent.ts';

/** The sender itself looks for an unknown order this long, before the settler does. */
const OWN_LOOKS_MS = 9000;

type Reach = Pick<TenantContext, 'ledger' | 'clock'>;

/** Writes down what the sender knows. What is already certain stays, unless this proves it wrong. */
export function recordSent(id: string, outcome: SentOutcome, { ledger, clock }: Reach): Promise<IntentRow> {
  return ledger.transact(async (tx) => {
    const row = await tx.intent(id);
    if (row === undefined) throw new RangeError('An intent that was sent is not in the ledger');
    if (!isNews(row, outcome)) return row;
    return changeIntent(tx, row, { changes: sentChanges(row, outcome, clock.now()), outcome });
  });
}

/** Settled as absent, and there after all: the one certainty that can be overturned, and a person should know. */
const isLateArrival = (row: IntentRow, outcome: SentOutcome): boolean =>
  row.settlement === 'absent' && outcome.kind === 'accepted';

function isNews(row: IntentRow, outcome: SentOutcome): boolean {
  if (row.state === 'drafted' || row.state === 'sending') return true;
  if (row.state === 'unknown') return outcome.kind !== 'unknown';
  return isLateArrival(row, outcome);
}

function sentChanges(row: IntentRow, outcome: SentOutcome, now: EpochMs): IntentChanges {
  const common = { updatedAt: now, outcome: outcomeText(outcome) };
  if (outcome.kind === 'unknown') return { ...common, state: 'unknown', lookAt: epochMs(now + OWN_LOOKS_MS) };
  const known = { ...common, lookAt: null, orderId: outcome.order?.id ?? null };
  if (isLateArrival(row, outcome)) return { ...known, state: 'settled', settlement: 'answered', flaggedAt: now };
  if (row.state === 'unknown') return { ...known, state: 'settled', settlement: 'answered' };
  return { ...known, state: outcome.kind };
}
