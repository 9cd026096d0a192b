import type { SendOptions } from '../broker/broker.ts';
import type { SendOutcome } from '../broker/model/order.ts';
import { accountNumber } from '../broker/model/symbol.ts';
import type { Timer } from '../core/clock.ts';
import { asGatewayError } from '../core/errors.ts';
import type { IntentRow } from '../storage/stores/ledger-store.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { awaitOutcome } from './ledger/await-outcome.ts';
import { beginSending } from './ledger/begin-sending.ts';
import { outcomeOf, outcomeText } from './ledger/intent.ts';
import type { Draft, Guard } from './ledger/intent.ts';
import { openIntent } from './ledger/open-intent.ts';
import { recordSent } from './ledger/record-outcome.ts';
import { fromSend, notSent } from './outcome.ts';
import type { OrderResult, SentOutcome } from './outcome.ts';
import { settleIntent } from './settle/settle-intent.ts';

/** Sends what was drafted, under the id that it was given. */
export type Send = (externalId: string, options: SendOptions) => Promise<SendOutcome>;

/** The adapter bounds a send itself; this is for when it does not. Counted from when it began to leave. */
const ANSWER_MS = 22_000;
/** When an order whose send had no clear end is looked for, counted from the look before. */
const LOOKS_AFTER_MS = [0, 1000, 2000, 4000];

/**
 * Writes an intent down, sends it once, and follows it to a recorded outcome, deaf to the caller's hanging up once it has begun
 * to leave. A call that was made before is answered with what came of it then. Throws only where nothing was sent.
 */
export async function sendIntent(
  draft: Draft,
  guard: Guard,
  { context, send }: { readonly context: TenantContext; readonly send: Send },
): Promise<OrderResult> {
  context.signal.throwIfAborted();
  const opened = await openIntent(draft, guard, context);
  if (opened.kind === 'earlier') return replay(opened.row, context);
  const outcome = await sendOnce(opened.row, { context, send });
  const recorded = await recordIfPossible(opened.row, outcome, context);
  return resultOf(await settleSoon(recorded, context), false);
}

/** What came of the same call when it was first made; waits for it while it is under way, and looks for it once if it is unknown. */
export async function replay(row: IntentRow, context: TenantContext): Promise<OrderResult> {
  const known = await awaitOutcome(row, context);
  return resultOf(known.state === 'unknown' ? await settleIntent(known, context).catch(() => known) : known, true);
}

function resultOf(row: IntentRow, replayed: boolean): OrderResult {
  return {
    account: accountNumber(row.account),
    externalId: row.id,
    outcome: outcomeOf(row),
    replayed,
    isFlagged: row.flaggedAt !== null,
  };
}

type Sending = { readonly context: TenantContext; readonly send: Send };

/** Throws what `begin` or anything before it threw, and nothing once it has begun to leave. */
async function sendOnce(row: IntentRow, { context, send }: Sending): Promise<SentOutcome> {
  const { clock, signal, log } = context;
  const { promise: late, resolve } = Promise.withResolvers<SendOutcome>();
  let answerTimer: Timer | undefined;
  const begin = async (): Promise<number> => {
    const leaveBy = await beginSending(row, context);
    answerTimer = clock.after(ANSWER_MS, () => resolve(NO_ANSWER));
    return leaveBy;
  };
  try {
    return fromSend(await Promise.race([send(row.id, { signal, begin }), late]));
  } catch (thrown) {
    if (answerTimer === undefined) return await neverLeft(row, thrown, context);
    // The port promises not to throw now. Whatever did proves nothing about what left the house.
    log.error({ cause: thrown, intent: row.id }, 'A send ended in a defect');
    return { kind: 'unknown', why: 'The gateway failed while sending.' };
  } finally {
    answerTimer?.cancel();
  }
}

const NO_ANSWER: SendOutcome = { kind: 'unknown', why: 'The broker did not answer in time.' };

/** Tells why, after the ledger was told that nothing left; if it cannot be told, the settler finds the same out. */
async function neverLeft(row: IntentRow, thrown: unknown, context: TenantContext): Promise<never> {
  const error = asGatewayError(thrown);
  await recordSent(row.id, notSent(error.message), context).catch((cause: unknown) =>
    context.log.warn({ cause, intent: row.id }, 'An order that was not sent could not be written off'),
  );
  throw error;
}

/** What is known is known, also when the database has gone: the settler will find the same at the broker. */
async function recordIfPossible(row: IntentRow, outcome: SentOutcome, context: TenantContext): Promise<IntentRow> {
  try {
    return await recordSent(row.id, outcome, context);
  } catch (cause) {
    context.log.error({ cause, intent: row.id }, 'The outcome of an order could not be written down');
    return { ...row, outcome: outcomeText(outcome) };
  }
}

/** Most losses clear up within seconds, and it is the sender who is being waited for. */
async function settleSoon(recorded: IntentRow, context: TenantContext): Promise<IntentRow> {
  let row = recorded;
  for (const afterMs of LOOKS_AFTER_MS) {
    if (row.state !== 'unknown') return row;
    if (afterMs > 0) await context.clock.sleep(afterMs);
    row = await settleIntent(row, context).catch(() => row);
  }
  return row;
}
