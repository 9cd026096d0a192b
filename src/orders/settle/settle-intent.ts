import type { Broker } from '../../broker/broker.ts';
import { epochMs } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError, asGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { IntentChanges, IntentRow, TenantLedger } from '../../storage/stores/ledger-store.ts';
import { changeIntent } from '../ledger/audit-change.ts';
import { outcomeText } from '../ledger/intent.ts';
import { ABSENT, notSent } from '../outcome.ts';
import type { SentOutcome } from '../outcome.ts';
import { lookFor } from './look-for.ts';

/** How long after the last byte may have left an order can still appear at the broker. */
export const LATE_MARGIN_MS = 30_000;
/** Counted from the sending: what is not settled by then is flagged for a person, and looked for less often. */
const FLAG_AFTER_MS = 48_000;
/** By then the sender has an answer, or has died. */
const SENDER_DONE_MS = 27_000;
const LOOK_MS = 5000;
const LEAST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 8000;
const FLAGGED_PAUSE_MS = 60_000;

export type SettleReach = {
  /** Absent where the tenant's login cannot be opened: then nothing can be found out. */
  readonly broker?: Broker;
  readonly ledger: TenantLedger;
  readonly clock: Clock;
  readonly log: Log;
};

type Look = { readonly kind: 'found'; readonly outcome: SentOutcome } | { readonly kind: 'absent' | 'unsure' };

/**
 * Looks once for what became of an intent, and writes down what that proves. Safe to run on any replica, at any time, beside
 * its sender: whoever is certain first is believed.
 */
export async function settleIntent(row: IntentRow, reach: SettleReach): Promise<IntentRow> {
  if (row.state === 'drafted') return giveUpDraft(row, reach);
  const startedAt = reach.clock.now();
  const look = await lookOnce(row, reach);
  return conclude(row.id, { look, startedAt }, reach);
}

/** Written and not sent for so long: its replica has died before the first byte, or will find that it is too late. */
function giveUpDraft(row: IntentRow, { ledger, clock }: SettleReach): Promise<IntentRow> {
  return ledger.transact(async (tx) => {
    const present = await tx.intent(row.id);
    if (present?.state !== 'drafted') return present ?? row;
    const outcome = notSent('It was given up before its turn came.');
    const changes = { state: 'rejected', updatedAt: clock.now(), outcome: outcomeText(outcome), lookAt: null } as const;
    return changeIntent(tx, present, { changes, outcome });
  });
}

async function lookOnce(row: IntentRow, { broker, clock, log }: SettleReach): Promise<Look> {
  const controller = new AbortController();
  const { promise: late, resolve } = Promise.withResolvers<Look>();
  const timer = clock.after(LOOK_MS, () => {
    controller.abort(new GatewayError('broker_timeout', 'The order could not be looked for in time.'));
    resolve({ kind: 'unsure' });
  });
  try {
    return await Promise.race([look(row, broker, controller.signal), late]);
  } catch (thrown) {
    log.warn({ code: asGatewayError(thrown).code, intent: row.id }, 'An order could not be looked for');
    return { kind: 'unsure' };
  } finally {
    timer.cancel();
  }
}

async function look(row: IntentRow, broker: Broker | undefined, signal: AbortSignal): Promise<Look> {
  if (broker === undefined) return { kind: 'unsure' };
  const outcome = await lookFor(row, broker, signal);
  return outcome === undefined ? { kind: 'absent' } : { kind: 'found', outcome };
}

type Finding = { readonly look: Look; readonly startedAt: number };

function conclude(id: string, finding: Finding, { ledger, clock, log }: SettleReach): Promise<IntentRow> {
  return ledger.transact(async (tx) => {
    const row = await tx.intent(id);
    if (row === undefined) throw new RangeError('An intent that was looked for is not in the ledger');
    if (row.state !== 'sending' && row.state !== 'unknown') return row;
    const outcome = provenBy(finding, row);
    const changes = outcome === undefined ? stillUnknown(row, clock.now()) : settled(finding, outcome, clock.now());
    const isFlagging = changes.flaggedAt !== undefined && row.flaggedAt === null;
    if (isFlagging)
      log.error({ intent: id, account: row.account }, 'An order could not be settled: a person must look');
    // A look that taught nothing is no change of state, and leaves no record.
    if (outcome === undefined && changes.state === undefined && !isFlagging) {
      await tx.update(id, changes);
      return { ...row, ...changes };
    }
    return changeIntent(tx, row, { changes, ...(outcome === undefined ? {} : { outcome }) });
  });
}

/** Found is found. Absent is proven only by a whole look that began when nothing could be on its way any more. */
function provenBy({ look, startedAt }: Finding, { sendBy }: IntentRow): SentOutcome | undefined {
  if (look.kind === 'found') return look.outcome;
  const isCertain = sendBy !== null && startedAt >= sendBy + LATE_MARGIN_MS;
  return look.kind === 'absent' && isCertain ? ABSENT : undefined;
}

function settled({ look }: Finding, outcome: SentOutcome, now: number): IntentChanges {
  return {
    state: 'settled',
    updatedAt: now,
    settlement: look.kind === 'found' ? 'found' : 'absent',
    outcome: outcomeText(outcome),
    orderId: ('order' in outcome ? outcome.order?.id : undefined) ?? null,
    lookAt: null,
  };
}

function stillUnknown(row: IntentRow, now: number): IntentChanges {
  const ageMs = now - (row.sentAt ?? row.createdAt);
  const isGivenUp = row.state === 'sending' && ageMs >= SENDER_DONE_MS;
  const flag = ageMs >= FLAG_AFTER_MS;
  return {
    ...(isGivenUp ? { state: 'unknown', updatedAt: now, outcome: outcomeText(SENDER_GONE) } : {}),
    ...(flag && row.flaggedAt === null ? { flaggedAt: now, updatedAt: now } : {}),
    lookAt: epochMs(flag ? now + FLAGGED_PAUSE_MS : nextLook(row, now)),
  };
}

const SENDER_GONE: SentOutcome = { kind: 'unknown', why: 'The replica that sent it has not come back.' };

/** Rarer as time goes by, but once right when absence becomes provable, and often enough to be done within a minute. */
function nextLook({ sentAt, sendBy }: IntentRow, now: number): number {
  const ageMs = now - (sentAt ?? now);
  // Whole milliseconds: the databases keep nothing else.
  const pause = Math.ceil(Math.max(LEAST_PAUSE_MS, Math.min(ageMs / 2, LONGEST_PAUSE_MS)));
  const certainAt = (sendBy ?? now) + LATE_MARGIN_MS;
  const next = now + pause;
  if (now < certainAt) return Math.min(next, certainAt);
  return Math.min(next, Math.max((sentAt ?? now) + FLAG_AFTER_MS, now + LEAST_PAUSE_MS));
}
