import type { SendOptions } from '../../src/broker/broker.ts';
import type { Instrument } from '../../src/broker/model/instrument.ts';
import { isTerminal } from '../../src/broker/model/order.ts';
import type {
  ComplexRequest,
  OrderRequest,
  PlacedOrder,
  ReplaceRequest,
  SendOutcome,
} from '../../src/broker/model/order.ts';
import type { AccountNumber } from '../../src/broker/model/symbol.ts';
import type { Clock } from '../../src/core/clock.ts';
import { GatewayError } from '../../src/core/errors.ts';

/** How the next order write goes. The order reaches the book in the first three, after `begin` like all that follows it. */
export type SendBehaviour =
  | { readonly kind: 'accept'; readonly status?: string; readonly rejectReason?: string }
  | { readonly kind: 'unknown-but-there'; readonly visibleAfterLooks?: number }
  | { readonly kind: 'never-answers-but-there' }
  | { readonly kind: 'unknown-not-there' }
  | { readonly kind: 'refuse'; readonly code: string; readonly message: string }
  | { readonly kind: 'not-sent'; readonly beforeBegin?: boolean }
  | { readonly kind: 'throw'; readonly error: unknown; readonly beforeBegin?: boolean };

/** What the book works on: the tests see and change it. */
export type BookState = { orders: PlacedOrder[]; sends: SendBehaviour[]; instruments: readonly Instrument[] };

/** The orders that one write leaves: the one that it is about, and the other parts of a complex order. */
type Written = { readonly order: PlacedOrder; readonly others?: readonly PlacedOrder[] };
/** Undefined when there is no such order to work on. */
type Apply = (changes: Partial<PlacedOrder>) => Written | undefined;

const NOT_SENT: SendOutcome = { kind: 'not-sent', why: 'The broker could not be reached.' };
const NO_SUCH_ORDER: SendOutcome = {
  kind: 'refused',
  reasons: [{ code: 'record_not_found', message: "Couldn't find Order" }],
};
const CUT: SendOutcome = { kind: 'unknown', why: 'The connection was cut.' };

/** The order book of the fake broker. It asks `begin` where an adapter does: last of all, before the book changes. */
export function createFakeOrderBook(state: BookState, clock: Clock) {
  let lastId = 1000;
  let lastComplexId = 100;
  let looks = 0;
  let visibleAfter = 0;

  const enter = (account: AccountNumber, order: OrderRequest, changes: Partial<PlacedOrder> = {}): PlacedOrder => {
    const { price, stopTrigger, goodUntil } = order;
    const traded = state.instruments.find(({ symbol }) => symbol === order.legs[0]?.symbol);
    const placed: PlacedOrder = {
      id: String((lastId += 1)),
      account,
      status: 'Live',
      orderType: order.orderType,
      timeInForce: order.timeInForce,
      ...(traded === undefined ? {} : { underlying: traded.underlying }),
      ...(price === undefined ? {} : { price }),
      ...(stopTrigger === undefined ? {} : { stopTrigger }),
      ...(goodUntil === undefined ? {} : { goodUntil }),
      legs: order.legs.map(({ symbol, type, action, quantity }) => ({
        symbol,
        type,
        action,
        ...(quantity === undefined ? {} : { quantity }),
        fills: [],
      })),
      isCancellable: true,
      isEditable: true,
      externalId: order.externalId,
      receivedAt: clock.now(),
      ...changes,
    };
    state.orders.unshift(placed);
    return placed;
  };

  const held = (id: string): PlacedOrder | undefined => state.orders.find((each) => each.id === id);

  const change = (order: PlacedOrder, changes: Partial<PlacedOrder>): PlacedOrder => {
    const changed = { ...order, ...changes };
    state.orders = state.orders.map((each) => (each.id === order.id ? changed : each));
    return changed;
  };

  const conclude = (behaviour: SendBehaviour, apply: Apply): Promise<SendOutcome> | SendOutcome => {
    switch (behaviour.kind) {
      case 'accept': {
        const { status, rejectReason } = behaviour;
        const changes = {
          ...(status === undefined ? {} : { status }),
          ...(rejectReason === undefined ? {} : { rejectReason }),
        };
        const written = apply(changes);
        return written === undefined ? NO_SUCH_ORDER : { kind: 'accepted', ...written, effects: { warnings: [] } };
      }
      case 'unknown-but-there':
        visibleAfter = behaviour.visibleAfterLooks ?? 0;
        apply({});
        return CUT;
      case 'never-answers-but-there':
        apply({});
        return new Promise(() => {});
      case 'unknown-not-there':
        return CUT;
      case 'refuse':
        return { kind: 'refused', reasons: [{ code: behaviour.code, message: behaviour.message }] };
      case 'not-sent':
        return NOT_SENT;
      case 'throw':
        throw behaviour.error;
    }
  };

  const send = async ({ signal, begin }: SendOptions, apply: Apply): Promise<SendOutcome> => {
    const behaviour = state.sends.shift() ?? { kind: 'accept' };
    if ('beforeBegin' in behaviour && behaviour.beforeBegin) return conclude(behaviour, apply);
    if (signal.aborted) return { kind: 'not-sent', why: 'The caller withdrew the call.' };
    const notAfterMs = await begin();
    if (!(clock.monotonicMs() <= notAfterMs)) return { kind: 'not-sent', why: 'It was too late to send it.' };
    return conclude(behaviour, apply);
  };

  const cancelled = (order: PlacedOrder, changes: Partial<PlacedOrder>): PlacedOrder =>
    change(order, { status: 'Cancel Requested', isEditable: false, ...changes });

  /** What waits for a trigger is contingent; the two sides of a plain OCO work at once. */
  const enterComplex = (
    account: AccountNumber,
    { trigger, orders }: ComplexRequest,
    changes: Partial<PlacedOrder>,
  ): Written => {
    const complexOrderId = String((lastComplexId += 1));
    const [order, ...others] = [
      ...(trigger === undefined ? [] : [enter(account, trigger, { complexOrderId, ...changes })]),
      ...orders.map((part) =>
        enter(account, part, { complexOrderId, ...(trigger === undefined ? changes : { status: 'Contingent' }) }),
      ),
    ];
    if (order === undefined) throw new RangeError('A complex order without parts');
    return { order, others };
  };

  return {
    get(id: string): PlacedOrder {
      const order = held(id);
      if (order === undefined) throw new GatewayError('not_found', 'There is no such order.');
      return order;
    },
    find(externalId: string): PlacedOrder | undefined {
      looks += 1;
      return looks > visibleAfter ? state.orders.find((order) => order.externalId === externalId) : undefined;
    },
    place: (account: AccountNumber, order: OrderRequest, sending: SendOptions) =>
      send(sending, (changes) => ({ order: enter(account, order, changes) })),
    replace: (account: AccountNumber, { id, order }: { id: string; order: ReplaceRequest }, sending: SendOptions) =>
      send(sending, (changes) => {
        const before = held(id);
        if (before === undefined) return undefined;
        const made = enter(account, { ...order, legs: [] }, { legs: before.legs, replaces: id, ...changes });
        change(before, { status: 'Cancelled', isCancellable: false, isEditable: false, replacedBy: made.id });
        return { order: made };
      }),
    cancel: (id: string, sending: SendOptions) =>
      send(sending, (changes) => {
        const order = held(id);
        return order === undefined ? undefined : { order: cancelled(order, changes) };
      }),
    placeComplex: (account: AccountNumber, order: ComplexRequest, sending: SendOptions) =>
      send(sending, (changes) => enterComplex(account, order, changes)),
    cancelComplex: (complexId: string, sending: SendOptions) =>
      send(sending, (changes) => {
        const parts = state.orders.filter(({ complexOrderId }) => complexOrderId === complexId).toReversed();
        const [order, ...others] = parts.map((part) => (isTerminal(part.status) ? part : cancelled(part, changes)));
        return order === undefined ? undefined : { order, others };
      }),
  };
}
