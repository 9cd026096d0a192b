import { nextId } from '../accounts/book.ts';
import { tellBalance } from '../accounts/tell.ts';
import type { DeskAnswer } from '../desk.ts';
import { reserveFor } from '../margin/order-effect.ts';
import { startOrder } from '../matching/lifecycle.ts';
import { assess, effectsWire, instrumentRefusal, refusalOf } from './assess.ts';
import { validationRefusal } from './body-reader.ts';
import { candidateOf, type Desktop } from './candidate.ts';
import { newOrder } from './new-order.ts';
import { dryRunWire, orderWire } from './order-wire.ts';
import { parseOrder } from './parse-order.ts';

/** Takes a new order, or says what would become of it. */
export function submitOrder(desk: Desktop, body: unknown, { dryRun }: { dryRun: boolean }): DeskAnswer {
  const parsed = parseOrder(body);
  if (parsed.kind === 'faults') return validationRefusal(parsed.faults);
  const candidate = candidateOf(desk, parsed.value);
  if (candidate === undefined) return instrumentRefusal();
  const assessed = assess(candidate, desk);
  if (assessed.kind === 'refused') return refusalOf(assessed);
  const { floor, book, at } = desk;
  const effects = effectsWire(assessed.effect, assessed.warnings);
  const account = book.profile.number;
  const reserve = reserveFor(assessed.effect);
  if (dryRun) {
    const order = newOrder(candidate, desk, { id: 0, reserve, conditionId: () => 0 });
    return { kind: 'ok', data: { order: dryRunWire(order, account), ...effects } };
  }
  const order = newOrder(candidate, desk, {
    id: nextId(book, 'order'),
    reserve,
    conditionId: () => nextId(book, 'condition'),
  });
  book.orders.set(order.id, order);
  startOrder(floor, book, { order, at });
  tellBalance(floor, book, at);
  return { kind: 'ok', data: { order: orderWire(order, account), ...effects } };
}
