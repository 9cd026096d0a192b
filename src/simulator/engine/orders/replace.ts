import { ZERO } from '../../../core/decimal.ts';
import { nextId } from '../accounts/book.ts';
import { reserveOf } from '../accounts/funds.ts';
import { tellBalance, tellOrder } from '../accounts/tell.ts';
import type { DeskAnswer, WireObject } from '../desk.ts';
import { reserveFor } from '../margin/order-effect.ts';
import { requestEnd } from '../matching/lifecycle.ts';
import { assess, effectsWire, instrumentRefusal, refusalOf } from './assess.ts';
import { isFields, validationRefusal } from './body-reader.ts';
import { candidateOf, type Candidate, type Desktop } from './candidate.ts';
import { newOrder, type NewOrder } from './new-order.ts';
import { dryRunWire, orderWire } from './order-wire.ts';
import { isTerminal, type Order } from './order.ts';
import { parseTerms } from './parse-order.ts';
import { cannotUpdate, noSuchOrder } from './remark.ts';

const TERMS = [
  'order-type',
  'time-in-force',
  'gtc-date',
  'price',
  'price-effect',
  'stop-trigger',
  'external-identifier',
  'source',
] as const;

/** What a PATCH leaves out stays as it is. */
function completed(order: Order, body: unknown, account: string): unknown {
  if (!isFields(body)) return body;
  const wire: WireObject = orderWire(order, account);
  const kept = TERMS.filter((key) => wire[key] !== undefined).map((key) => [key, wire[key]]);
  return { ...Object.fromEntries(kept), ...body };
}

const isReplaceable = (order: Order): boolean =>
  !isTerminal(order) &&
  order.status !== 'Cancel Requested' &&
  order.status !== 'Replace Requested' &&
  order.orderType !== 'Market' &&
  order.orderType !== 'Notional Market';

const siblingsOf = ({ book }: Desktop, order: Order): readonly number[] =>
  order.complexId === undefined ? [] : (book.complexOrders.get(order.complexId)?.orderIds ?? []);

function replacementOf(
  desk: Desktop,
  order: Order,
  candidate: Candidate,
): (making: Pick<NewOrder, 'id' | 'reserve' | 'conditionId'>) => Order {
  const { complexId, complexTag, preflightId } = order;
  const links = {
    replaces: order.id,
    ...(complexId === undefined ? {} : { complexId }),
    ...(complexTag === undefined ? {} : { complexTag }),
    ...(preflightId === undefined ? {} : { preflightId }),
  };
  return (making) => ({
    ...newOrder(candidate, desk, { ...making, links }),
    status: 'Contingent',
    contingentStatus: 'Pending Order',
  });
}

type Replacing = {
  readonly order: Order | undefined;
  readonly body: unknown;
  readonly dryRun: boolean;
  readonly partial: boolean;
};

/**
 * Cancels the order and, once that is done, starts another with what it left. A dry run counts the original beside its
 * replacement, as the broker does, and may be refused for margin where the replacement itself would not be.
 */
export function replaceOrder(desk: Desktop, { order, body, dryRun, partial }: Replacing): DeskAnswer {
  if (order === undefined) return noSuchOrder();
  if (!isReplaceable(order)) return cannotUpdate();
  const account = desk.book.profile.number;
  const parsed = parseTerms(partial ? completed(order, body, account) : body);
  if (parsed.kind === 'faults') return validationRefusal(parsed.faults);
  const legs = order.legs.map((leg) => ({ ...leg, quantity: leg.remaining, fills: [] }));
  const isContingent = order.contingentStatus === 'Pending Order' && order.complexId !== undefined;
  const beside = [order.id, ...siblingsOf(desk, order)];
  const candidate = candidateOf(
    desk,
    { terms: parsed.value, legs, isStrictAboutCloses: true },
    { beside, isContingent },
  );
  if (candidate === undefined) return instrumentRefusal();
  const assessed = assess(candidate, desk, dryRun ? ZERO : reserveOf(order));
  if (assessed.kind === 'refused') return refusalOf(assessed);
  const make = replacementOf(desk, order, candidate);
  const reserve = reserveFor(assessed.effect);
  if (dryRun) {
    const told = dryRunWire(make({ id: 0, reserve, conditionId: () => 0 }), account);
    return { kind: 'ok', data: { order: told, ...effectsWire(assessed.effect, assessed.warnings) } };
  }
  return {
    kind: 'ok',
    data: orderWire(
      swap(
        desk,
        order,
        make({ id: nextId(desk.book, 'order'), reserve, conditionId: () => nextId(desk.book, 'condition') }),
      ),
      account,
    ),
  };
}

function swap({ floor, book, at }: Desktop, order: Order, replacement: Order): Order {
  book.orders.set(replacement.id, replacement);
  order.replacedBy = replacement.id;
  tellOrder(floor, book, replacement);
  requestEnd(floor, book, { order, at, status: 'Replace Requested' });
  tellBalance(floor, book, at);
  return replacement;
}
