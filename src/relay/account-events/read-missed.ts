import type { AccountNumber } from '../../broker/model/symbol.ts';
import { epochMs } from '../../core/clock.ts';
import type { Clock, EpochMs } from '../../core/clock.ts';
import { asGatewayError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Missed } from './merge-missed.ts';
import { readOrders } from './read-orders.ts';
import type { OrderSource, ReadOrders } from './read-orders.ts';
import { tellOrder } from './telling.ts';

export type ReadMissedParts = {
  readonly orders: OrderSource;
  readonly clock: Clock;
  readonly log: Log;
};

export type Unheard = {
  readonly gapKey: string;
  /** When the stream was last heard; absent where that is not known here. */
  readonly from?: EpochMs;
  /** Up to when everything has been told; absent where nothing has. */
  readonly toldUpTo: EpochMs | undefined;
  /** From when on it is to be told; absent where that is not known here. */
  readonly begunAt?: EpochMs;
  readonly accounts: readonly AccountNumber[];
  readonly signal: AbortSignal;
};

/** What the stream tells is ahead of what REST shows: by up to 178 ms, as somebody has measured. */
const REST_LAG_MS = 500;
/** And what REST shows may be ahead of what has arrived here. */
const STREAM_LAG_MS = 250;
const READ_TIMEOUT_MS = 60_000;
/** What was told before is known by its key; this is for clocks that differ. The journal knows its keys for longer. */
const OVERLAP_MS = 3_600_000;
/** And so little is allowed for where it is about what is news. */
const JUST_NOW_MS = 5000;

/** Reads what happened while nobody listened. Throws what the broker's adapter throws, and `coordination_unavailable`. */
export async function readMissed(parts: ReadMissedParts, unheard: Unheard): Promise<Omit<Missed, 'heard'>> {
  const { clock } = parts;
  const { gapKey, accounts, signal, toldUpTo } = unheard;
  const from = unheard.from ?? toldUpTo;
  const knownUpTo = toldUpTo === undefined || (from !== undefined && from < toldUpTo) ? from : toldUpTo;
  await clock.sleep(REST_LAG_MS, signal);
  const { orders, isWhole } = await readInTime(parts, unheard, knownUpTo);
  await clock.sleep(STREAM_LAG_MS, signal);
  const to = clock.now();
  const begunAt = unheard.begunAt ?? (knownUpTo === undefined ? to : undefined);
  return {
    gapKey,
    ...(from === undefined ? {} : { from }),
    to,
    since: epochMs((knownUpTo ?? begunAt ?? to) - OVERLAP_MS),
    ...(begunAt === undefined ? {} : { begunAt: epochMs(begunAt - JUST_NOW_MS) }),
    isWhole,
    accounts,
    shown: orders.flatMap((order) => tellOrder(order, to)),
  };
}

async function readInTime(
  { orders, clock, log }: ReadMissedParts,
  { accounts, signal }: Unheard,
  since: EpochMs | undefined,
): Promise<ReadOrders> {
  const late = new AbortController();
  const timer = clock.after(READ_TIMEOUT_MS, () =>
    late.abort(new DOMException('The orders took too long to read', 'TimeoutError')),
  );
  try {
    return await readOrders(orders, { accounts, since, clock, signal: AbortSignal.any([signal, late.signal]) });
  } catch (thrown) {
    // It would be read in the same words the next time: what the stream tells must not wait for that.
    if (asGatewayError(thrown).code !== 'broker_not_understood') throw thrown;
    log.error({}, 'The orders could not be read after a gap: some changes may not be told');
    return { orders: [], isWhole: false };
  } finally {
    timer.cancel();
  }
}
