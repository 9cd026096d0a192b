import type { Broker } from '../../broker/broker.ts';
import { isEnding } from '../../broker/model/order.ts';
import type { PlacedOrder } from '../../broker/model/order.ts';
import { accountNumber } from '../../broker/model/symbol.ts';
import { epochMs } from '../../core/clock.ts';
import type { IntentRow } from '../../storage/stores/ledger-store.ts';
import { fromSend } from '../outcome.ts';
import type { SentOutcome } from '../outcome.ts';

/** The broker's clock and ours may differ by this much when an order is looked for by the time it was written. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Looks once for what became of an intent: by its external identifier among the live orders and then all since, and a
 * cancel by the order that it is about. `undefined`: it has left no trace. Throws a GatewayError when the broker could not
 * be asked to the end.
 */
export async function lookFor(row: IntentRow, broker: Broker, signal: AbortSignal): Promise<SentOutcome | undefined> {
  const order = await traceOf(row, broker, signal);
  return order === undefined ? undefined : fromSend({ kind: 'accepted', order, effects: { warnings: [] } });
}

function traceOf(row: IntentRow, broker: Broker, signal: AbortSignal): Promise<PlacedOrder | undefined> {
  const account = accountNumber(row.account);
  const { action, targetId } = row;
  if (action === 'cancel' && targetId !== null) return cancelled(broker.orders.get(account, targetId, { signal }));
  if (action === 'cancel-complex') return cancelledComplex(row, broker, signal);
  const since = epochMs(row.createdAt - CLOCK_SKEW_MS);
  return broker.orders.findByExternalId(account, row.id, since, { signal });
}

async function cancelled(reading: Promise<PlacedOrder>): Promise<PlacedOrder | undefined> {
  const order = await reading;
  return isEnding(order) ? order : undefined;
}

async function cancelledComplex(
  { account, targetId }: IntentRow,
  broker: Broker,
  signal: AbortSignal,
): Promise<PlacedOrder | undefined> {
  const live = await broker.orders.live(accountNumber(account), { signal });
  const parts = live.filter((order) => order.complexOrderId === targetId);
  return parts.every(isEnding) ? parts[0] : undefined;
}
