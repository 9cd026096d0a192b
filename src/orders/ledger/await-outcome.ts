import type { IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1000;
/** A little more than a sender takes to an answer. */
const PATIENCE_MS = 24_000;

/** Waits while another call, perhaps on another replica, is sending the intent. Gives up with the row as it then is. */
export async function awaitOutcome(
  row: IntentRow,
  { ledger, clock, signal }: Pick<TenantContext, 'ledger' | 'clock' | 'signal'>,
): Promise<IntentRow> {
  const until = clock.monotonicMs() + PATIENCE_MS;
  let present = row;
  for (let pauseMs = FIRST_PAUSE_MS; isUnderWay(present); pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    if (clock.monotonicMs() >= until || signal.aborted) return present;
    await clock.sleep(pauseMs);
    present = (await ledger.intent(row.id)) ?? present;
  }
  return present;
}

const isUnderWay = ({ state }: IntentRow): boolean => state === 'drafted' || state === 'sending';
