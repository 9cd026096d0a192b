import { epochMs } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { IntentRow } from '../../storage/stores/ledger-store.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import { isCancel } from '../intent-body.ts';
import { checkStops, requirePassed } from '../limits/check-limits.ts';
import { changeIntent } from './audit-change.ts';

/** From `sending` on, bytes must begin to leave within this time, or never. */
export const LEAVE_MS = 1000;
/** Whoever sent it should know by then; if its replica has died, others begin to look. */
const FIRST_LOOK_MS = 8000;

/**
 * The last step before the first byte: `drafted → sending`, unless trading was stopped meanwhile, the caller has left, or the
 * intent was given up. Answers with the monotonic time after which nothing may leave any more. Throws a GatewayError; then
 * nothing leaves.
 */
export function beginSending(row: IntentRow, context: TenantContext): Promise<number> {
  const { ledger, clock, signal } = context;
  signal.throwIfAborted();
  return ledger.transact(async (tx) => {
    const leaveBy = clock.monotonicMs() + LEAVE_MS;
    const now = clock.now();
    const present = await tx.intent(row.id);
    if (present?.state !== 'drafted') throw givenUp();
    if (!isCancel(present)) requirePassed(checkStops(await tx.stops()));
    await changeIntent(tx, present, {
      changes: {
        state: 'sending',
        updatedAt: now,
        sentAt: now,
        sendBy: epochMs(now + LEAVE_MS),
        lookAt: epochMs(now + FIRST_LOOK_MS),
      },
    });
    return leaveBy;
  });
}

const givenUp = (): GatewayError =>
  new GatewayError('deadline_exceeded', 'The order waited too long for its turn and was given up. Nothing was sent.', {
    advice: 'Ask again; the broker or the gateway is busy.',
  });
