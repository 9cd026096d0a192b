import { isEnding } from '../broker/model/order.ts';
import type { PlacedOrder } from '../broker/model/order.ts';
import type { AccountNumber } from '../broker/model/symbol.ts';
import { asGatewayError } from '../core/errors.ts';
import { mapAtMost } from '../core/map-at-most.ts';
import { quoted } from '../core/quoted.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { cancelComplex, cancelOrder } from './cancel.ts';
import type { SentOutcome } from './outcome.ts';

/** One cancel of many: of a working order, or of all parts of a complex one at once. */
export type Cancelled = {
  readonly orderIds: readonly string[];
  readonly complexOrderId?: string;
  readonly outcome: SentOutcome;
};

const AT_ONCE = 4;

/**
 * Cancels every working order of an account, or those in one symbol: an underlying, or an instrument. One that fails does not
 * hold up the others. Throws when the working orders cannot be read.
 */
export async function cancelAll(
  symbol: string | undefined,
  account: AccountNumber,
  context: TenantContext,
): Promise<readonly Cancelled[]> {
  const live = await context.broker.orders.live(account, { signal: context.signal });
  const groups = groupsOf(live.filter((order) => !isEnding(order) && isIn(order, symbol)));
  return mapAtMost(AT_ONCE, groups, (group) => cancelGroup(group, account, context));
}

type Group = readonly [PlacedOrder, ...PlacedOrder[]];

const isIn = ({ underlying, legs }: PlacedOrder, symbol: string | undefined): boolean =>
  symbol === undefined || underlying === symbol || legs.some((leg) => leg.symbol === symbol);

function groupsOf(orders: readonly PlacedOrder[]): Group[] {
  const byComplex = Map.groupBy(orders, ({ id, complexOrderId }) => complexOrderId ?? `single ${id}`);
  return [...byComplex.values()].flatMap(([first, ...rest]) =>
    first === undefined ? [] : [[first, ...rest] as const],
  );
}

async function cancelGroup(group: Group, account: AccountNumber, context: TenantContext): Promise<Cancelled> {
  const [{ id, complexOrderId, status }] = group;
  const orderIds = group.map((order) => order.id);
  const about = { orderIds, ...(complexOrderId === undefined ? {} : { complexOrderId }) };
  if (!group.some((order) => order.isCancellable)) return { ...about, outcome: tooBusy(status) };
  try {
    const { outcome } = await (complexOrderId === undefined
      ? cancelOrder(id, account, context)
      : cancelComplex(complexOrderId, account, context));
    return { ...about, outcome };
  } catch (thrown) {
    const { code, message } = asGatewayError(thrown);
    return { ...about, outcome: { kind: 'rejected', reasons: [{ code, message }] } };
  }
}

/** It may still fill: whoever asked for all must not be left to think that nothing works any more. */
const tooBusy = (status: string): SentOutcome => ({
  kind: 'rejected',
  reasons: [
    {
      code: 'not_cancellable',
      message: `Its status is '${quoted(status, 40)}': it cannot be cancelled now, and may still fill.`,
    },
  ],
});
