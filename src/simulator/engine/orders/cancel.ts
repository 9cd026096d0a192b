import type { DeskAnswer } from '../desk.ts';
import { requestEnd } from '../matching/lifecycle.ts';
import type { Desktop } from './candidate.ts';
import { orderWire } from './order-wire.ts';
import { isTerminal, type Order } from './order.ts';
import { cannotUpdate, noSuchOrder } from './remark.ts';

/** Asks for the order back. What has not left the house yet is cancelled at once. */
export function cancelOrder({ floor, book, at }: Desktop, order: Order | undefined): DeskAnswer {
  if (order === undefined) return noSuchOrder();
  if (isTerminal(order) || order.status === 'Cancel Requested' || order.status === 'Replace Requested')
    return cannotUpdate();
  requestEnd(floor, book, { order, at, status: 'Cancel Requested' });
  return { kind: 'ok', data: orderWire(order, book.profile.number) };
}
