import type { CallOptions, HistoryOperations, OrderOperations } from '../../broker/broker.ts';
import type { PlacedOrder } from '../../broker/model/order.ts';
import { isoDate } from '../../broker/model/symbol.ts';
import type { AccountNumber } from '../../broker/model/symbol.ts';
import { epochMs } from '../../core/clock.ts';
import type { Clock, EpochMs } from '../../core/clock.ts';
import { newYorkDate } from '../../core/new-york.ts';
import { isIncomplete } from './telling.ts';

/** How a tenant's orders are read: those that are live or of today, and those before. */
export type OrderSource = { readonly live: OrderOperations['live']; readonly past: HistoryOperations['orders'] };

export type ReadOptions = CallOptions & {
  readonly accounts: readonly AccountNumber[];
  /** The last moment of which all is known. */
  readonly since: EpochMs | undefined;
  readonly clock: Clock;
};

export type ReadOrders = {
  readonly orders: readonly PlacedOrder[];
  /** False where the broker holds more than was read. */
  readonly isWhole: boolean;
};

const HOUR_MS = 3_600_000;
/** No order stays at work for longer. */
const LONGEST_ORDER_MS = 90 * 24 * HOUR_MS;
const MAX_HISTORY = 2000;
/** As many as the listing of live orders goes to. */
const MAX_LIVE = 5000;
/** At five in the afternoon in New York the broker's next day may begin. */
const NEXT_DAY_MS = 7 * HOUR_MS;
const MOST_LOOKS = 3;
const ATTACHING_MS = 1500;

/** Every order that may have changed since. Looks again while one is said to be filled and its fills are not all with it. */
export async function readOrders(source: OrderSource, options: ReadOptions): Promise<ReadOrders> {
  const { since = 0, clock, signal } = options;
  for (let look = 1; ; look += 1) {
    const read = await readOnce(source, options);
    const waits = read.orders.some((order) => isIncomplete(order) && (order.updatedAt ?? since) >= since);
    if (!waits || look === MOST_LOOKS) return read;
    await clock.sleep(ATTACHING_MS, signal);
  }
}

async function readOnce(source: OrderSource, { accounts, since, clock, signal }: ReadOptions): Promise<ReadOrders> {
  const orders: PlacedOrder[] = [];
  let isWhole = true;
  for (const account of accounts) {
    const live = await source.live(account, { signal });
    orders.push(...live);
    isWhole &&= live.length < MAX_LIVE;
    if (since === undefined || isSameDay(since, clock.now())) continue;
    // What ended on an earlier day is not live any more, and may have been sent long before.
    const startDate = isoDate(newYorkDate(epochMs(Math.max(0, since - LONGEST_ORDER_MS))));
    const past = await source.past(account, { startDate, limit: MAX_HISTORY }, { signal });
    orders.push(...past.rows);
    isWhole &&= !past.truncated;
  }
  return { orders, isWhole };
}

/** Whether what is live now is all that can have changed since, whenever the broker's day begins. */
function isSameDay(since: EpochMs, now: EpochMs): boolean {
  const dayOf = (at: EpochMs, shiftMs: number): string => newYorkDate(epochMs(at + shiftMs));
  return [0, NEXT_DAY_MS].every((shiftMs) => dayOf(since, shiftMs) === dayOf(now, shiftMs));
}
