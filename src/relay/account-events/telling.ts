import type { StreamEvent } from '../../broker/account-streamer/messages.ts';
import type { AccountEvent, OrderState } from '../../broker/model/account-event.ts';
import type { Fill, PlacedLeg, PlacedOrder } from '../../broker/model/order.ts';
import type { AccountNumber, BrokerSymbol } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import { compare, sum, ZERO } from '../../core/decimal.ts';

/** An event that may be told. Two with the same key are the same, wherever they were heard; `place` orders those of one moment. */
export type Telling = {
  readonly key: string;
  readonly event: AccountEvent;
  readonly place: readonly number[];
  /** It happened before anybody was to be told: it is only remembered, so that it is not taken for news later. */
  readonly isPast?: boolean;
};

/** What one message of the stream tells. */
export function tellingsOf(event: StreamEvent, now: EpochMs): readonly Telling[] {
  const { at = now } = event;
  switch (event.kind) {
    case 'orders':
      return event.orders.flatMap((order) => tellOrder(order, at));
    case 'balances':
      return [tellBalances(event.account, at)];
    case 'position':
      return [tellPositions(event.account, at, event.symbol)];
  }
}

/** Those of one moment are told once. */
export function tellBalances(account: AccountNumber, at: EpochMs): Telling {
  return { key: `balances ${account} ${at}`, event: { kind: 'balances', account, at }, place: LAST };
}

export function tellPositions(account: AccountNumber, at: EpochMs, symbol?: BrokerSymbol): Telling {
  const named = symbol === undefined ? {} : { symbol };
  return {
    key: `positions ${account} ${symbol ?? ''} ${at}`,
    event: { kind: 'positions', account, at, ...named },
    place: LAST,
  };
}

const LAST: readonly number[] = [Number.MAX_SAFE_INTEGER];

/** Every fill of an order as the broker shows it, oldest first, and then the state that they brought it to. */
export function tellOrder(order: PlacedOrder, toldAt: EpochMs): readonly Telling[] {
  const fills = order.legs.flatMap((leg, legAt) =>
    leg.fills.map((fill, fillAt) => tellFill({ order, leg, fill, toldAt }, [numberOf(order.id), 0, fillAt, legAt])),
  );
  const sorted = fills.toSorted(inOrder);
  return [...sorted, tellState(order, sorted, toldAt)];
}

type Filled = {
  readonly order: PlacedOrder;
  readonly leg: PlacedLeg;
  readonly fill: Fill;
  readonly toldAt: EpochMs;
};

function tellFill({ order, leg, fill, toldAt }: Filled, place: readonly number[]): Telling {
  const { account, id: orderId, externalId, updatedAt } = order;
  // A fill without an id of its own is known by where it stands: the broker only adds to them.
  const name = fill.id ?? `#${leg.fills.indexOf(fill)}`;
  return {
    key: `fill ${account} ${orderId} ${leg.symbol} ${name}`,
    event: {
      kind: 'fill',
      account,
      at: fill.at ?? updatedAt ?? toldAt,
      orderId,
      ...(externalId === undefined ? {} : { externalId }),
      symbol: leg.symbol,
      instrumentType: leg.type,
      action: leg.action,
      fill,
    },
    place,
  };
}

function tellState(order: PlacedOrder, fills: readonly Telling[], toldAt: EpochMs): Telling {
  const { account, id, status, updatedAt } = order;
  const lastFillAt = fills.at(-1)?.event;
  const own = updatedAt ?? order.receivedAt ?? toldAt;
  const at = lastFillAt?.kind === 'fill' && lastFillAt.at > own ? lastFillAt.at : own;
  return {
    key: `order ${account} ${id} ${status} ${updatedAt ?? ''} ${fills.length}`,
    event: { kind: 'order', account, at, order: withoutFills(order) },
    place: [numberOf(id), 1],
  };
}

function withoutFills({ legs, ...order }: PlacedOrder): OrderState {
  return { ...order, legs: legs.map(({ fills: _told, ...leg }) => leg) };
}

/** The broker counts its orders; an id that is no number comes first. */
function numberOf(id: string): number {
  const value = Number(id);
  return Number.isFinite(value) ? value : 0;
}

/** By the broker's clock; of a gap, its end. */
export const timeOf = ({ event }: Telling): number => (event.kind === 'gap' ? event.to : event.at);

/** By the broker's time; of one moment by order and fill, and an order's state after its fills. */
export function inOrder(a: Telling, b: Telling): number {
  const earlier = timeOf(a) - timeOf(b);
  if (earlier !== 0) return earlier;
  for (let at = 0; at < Math.max(a.place.length, b.place.length); at += 1) {
    const before = (a.place[at] ?? 0) - (b.place[at] ?? 0);
    if (before !== 0) return before;
  }
  return 0;
}

/** An order that says it is filled before all its fills are with it: they come a moment later. */
export function isIncomplete({ status, legs }: PlacedOrder): boolean {
  const filled = (fills: readonly Fill[]) => sum(fills.map((fill) => fill.quantity));
  return status === 'Filled' && legs.some(({ fills, quantity = ZERO }) => compare(filled(fills), quantity) < 0);
}
