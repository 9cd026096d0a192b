import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isZero } from '../../../core/decimal.ts';
import { openPositions, workingOrders, type Book } from '../accounts/book.ts';
import { tellBalance, tellPosition } from '../accounts/tell.ts';
import { isAtVenue, isTerminal, type Order } from '../orders/order.ts';
import { meetCondition } from './conditions.ts';
import type { Floor } from './floor.ts';
import { completeTransition, endOrder, startOrder, withdrawOrder, type Happening } from './lifecycle.ts';
import { matchOrder } from './match-order.ts';
import { settleExpiration } from './settle-expiration.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * How often working orders look at the market. A desk that is advanced at least every quarter of an hour does not
 * depend on how often; after a longer sleep it looks more coarsely, so that a week's absence takes no minutes.
 */
function stepAfter(sleptMs: number): number {
  if (sleptMs <= 15 * MINUTE_MS) return SECOND_MS;
  return sleptMs <= DAY_MS ? MINUTE_MS : 15 * MINUTE_MS;
}

const nextOnGrid = (after: number, step: number): EpochMs => epochMs((Math.floor(after / step) + 1) * step);

/** The next grid instant at which the order's market is open. */
function nextLook(floor: Floor, order: Order, { after, step }: { after: EpochMs; step: number }): EpochMs {
  const keeps = { type: order.legs[0]?.instrumentType ?? 'Equity', timeInForce: order.timeInForce } as const;
  const next = nextOnGrid(after, step);
  if (floor.hours.isOpen(keeps, next)) return next;
  return epochMs(Math.max(next, nextOnGrid(floor.hours.opensAfter(keeps, next) - 1, step)));
}

const waitsForPrice = (order: Order): boolean =>
  order.contingentStatus === 'Pending Condition' ||
  isAtVenue(order) ||
  order.rules?.conditions.some((condition) => condition.action === 'cancel') === true;

function instantsOf(floor: Floor, order: Order, grid: { after: EpochMs; step: number }): EpochMs[] {
  const { routeAfter, cancelAt } = order.rules ?? {};
  const timed = [
    order.due?.at,
    order.expiresAt,
    order.status === 'Cancel Requested' ? undefined : cancelAt,
    routeAfter !== undefined && routeAfter > grid.after ? routeAfter : undefined,
  ];
  const looks = waitsForPrice(order) ? [nextLook(floor, order, grid)] : [];
  // What was due while nobody looked happens at the next instant.
  return [...timed.filter((at) => at !== undefined).map((at) => epochMs(Math.max(at, grid.after))), ...looks];
}

function nextInstant(floor: Floor, book: Book, grid: { after: EpochMs; step: number }): EpochMs | undefined {
  const orders = workingOrders(book).flatMap((order) => instantsOf(floor, order, grid));
  const positions = openPositions(book).flatMap(({ expiresAt }) =>
    expiresAt === undefined ? [] : [epochMs(Math.max(expiresAt, grid.after))],
  );
  const all = [...orders, ...positions];
  return all.length === 0 ? undefined : epochMs(Math.min(...all));
}

function obeyRules(floor: Floor, book: Book, { order, at }: Happening): void {
  const { rules } = order;
  if (rules === undefined) return;
  const view = { market: floor.market, at };
  const met = rules.conditions.filter((condition) => meetCondition(condition, view));
  const withdrawn =
    (rules.cancelAt !== undefined && rules.cancelAt <= at) || met.some((condition) => condition.action === 'cancel');
  if (withdrawn && order.status !== 'Cancel Requested') withdrawOrder(floor, book, { order, at });
  else if (order.contingentStatus === 'Pending Condition') startWhenReady(floor, book, { order, at });
}

function startWhenReady(floor: Floor, book: Book, { order, at }: Happening): void {
  const waits = order.rules?.conditions.some(
    (condition) => condition.action === 'route' && condition.triggeredAt === undefined,
  );
  const early = order.rules?.routeAfter !== undefined && order.rules.routeAfter > at;
  if (waits !== true && !early) startOrder(floor, book, { order, at });
}

function moveOrder(floor: Floor, book: Book, happening: Happening): void {
  const { order, at } = happening;
  if (order.due !== undefined && order.due.at <= at) completeTransition(floor, book, happening);
  if (isTerminal(order)) return;
  if (order.contingentStatus !== 'Pending Order') obeyRules(floor, book, happening);
  matchOrder(floor, book, happening);
  if (order.expiresAt !== undefined && order.expiresAt <= at) endOrder(floor, book, { order, at, status: 'Expired' });
}

function expirePositions(floor: Floor, book: Book, at: EpochMs): void {
  for (const position of openPositions(book)) {
    if (position.expiresAt === undefined || position.expiresAt > at) continue;
    settleExpiration(floor, book, { position, at: position.expiresAt });
    if (isZero(position.quantity)) tellPosition(floor, book, { symbol: position.symbol, at });
    else book.positions.delete(position.symbol);
    tellBalance(floor, book, at);
  }
}

/** Lets happen, in order of time, all that was due in the account up to `now`. */
export function advanceBook(floor: Floor, book: Book, now: EpochMs): void {
  const step = stepAfter(now - book.advancedTo);
  for (;;) {
    const at = nextInstant(floor, book, { after: book.advancedTo, step });
    if (at === undefined || at > now) break;
    for (const order of workingOrders(book)) if (!isTerminal(order)) moveOrder(floor, book, { order, at });
    expirePositions(floor, book, at);
    book.advancedTo = at;
  }
  if (now > book.advancedTo) book.advancedTo = now;
}
