import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isNegative, isZero } from '../../../core/decimal.ts';
import { isoDate } from '../../../broker/model/symbol.ts';
import { openPositions, type Book } from '../accounts/book.ts';
import { moveMoney } from '../accounts/post.ts';
import type { Contract, Market } from '../market.ts';
import { advanceBook } from '../matching/advance-book.ts';
import type { Floor } from '../matching/floor.ts';
import { isTerminal } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';
import { createChance, type Chance } from './chance.ts';
import { choicesOf, PAST_AMOUNTS, type PastChoices } from './past-choices.ts';
import { bookTrade } from './past-orders.ts';
import type { PastWorld, Step } from './past-plans.ts';
import { pastSteps } from './past-steps.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** An instant within the session of the day, or of the next day that has one; never one that is still to come. */
function createMoment(floor: Floor, openedAt: EpochMs, chance: Chance): (daysBefore: number) => EpochMs {
  return (daysBefore) => {
    const date = isoDate(tradingDay(epochMs(openedAt - daysBefore * DAY_MS)));
    const day = epochMs(Date.parse(`${date}T12:00:00Z`));
    const wanted = floor.calendar.session('Equity', date) ?? floor.calendar.sessionAt('Equity', day).next;
    const session =
      wanted.openAt + 30 * MINUTE_MS < openedAt ? wanted : floor.calendar.sessionAt('Equity', openedAt).previous;
    const from = session.openAt + 10 * MINUTE_MS;
    const until = Math.min(session.closeAt - 10 * MINUTE_MS, openedAt - MINUTE_MS);
    return epochMs(Math.floor(from + chance.fraction() * Math.max(until - from, 0)));
  };
}

/** Stock that options delivered is sold, or bought back, at the next occasion. */
function clearDeliveries(world: PastWorld & { choices: PastChoices }, at: EpochMs): void {
  const funds = new Set(world.choices.funds.map((listing) => listing.symbol));
  for (const position of openPositions(world.book)) {
    if (position.instrumentType !== 'Equity' || !funds.has(position.symbol) || position.updatedAt >= at) continue;
    const short = isNegative(position.quantity);
    const quantity = Math.abs(Number(position.quantity));
    bookTrade(world.book, { market: world.market, at }, [
      { symbol: position.symbol, action: short ? 'Buy to Close' : 'Sell to Close', quantity },
    ]);
  }
}

function runSteps(floor: Floor, world: PastWorld & { choices: PastChoices }, steps: readonly Step[]): void {
  const waiting = steps.toSorted((a, b) => b.at - a.at);
  for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
    if (step.at >= world.openedAt) continue;
    advanceBook(floor, world.book, step.at);
    if (floor.hours.isOpen({ type: 'Equity', timeInForce: 'Day' }, step.at)) clearDeliveries(world, step.at);
    const follow = step.run();
    if (follow.length > 0) {
      waiting.push(...follow);
      waiting.sort((a, b) => b.at - a.at);
    }
  }
}

/** One step of the past looks up the same few contracts again and again, all at its own instant. */
function rememberFinds(market: Market): Market {
  const found = new Map<string, Contract | undefined>();
  let asOf: EpochMs | undefined;
  return {
    ...market,
    find(symbol, at) {
      if (at !== asOf) found.clear();
      asOf = at;
      if (!found.has(symbol)) found.set(symbol, market.find(symbol, at));
      return found.get(symbol);
    },
  };
}

/** Makes up what the account did before `openedAt`, at the market's own prices, and seals it as its past. */
export function livePast(floor: Floor, book: Book, { seed, openedAt }: { seed: string; openedAt: EpochMs }): void {
  const kind = book.profile.past;
  const chance = createChance(`${seed}:${book.profile.number}`);
  const silent: Floor = { ...floor, market: rememberFinds(floor.market), tell: () => undefined };
  const amounts = kind === 'none' ? undefined : PAST_AMOUNTS[kind];
  const beganAt = epochMs(openedAt - (amounts?.days ?? 0) * DAY_MS);
  book.advancedTo = beganAt;
  moveMoney(book, { subType: 'Deposit', description: 'OPENING DEPOSIT', value: book.profile.openingCash, at: beganAt });
  const choices = amounts === undefined ? undefined : choicesOf(silent, openedAt);
  if (amounts !== undefined && choices !== undefined) {
    const world: PastWorld = {
      book,
      market: silent.market,
      chance,
      openedAt,
      moment: createMoment(silent, openedAt, chance),
    };
    runSteps(silent, { ...world, choices }, pastSteps(world, choices, amounts));
  }
  advanceBook(silent, book, openedAt);
  seal(book);
}

/** What is over becomes the past; what is still held or working stays in the book. */
function seal(book: Book): void {
  book.past = { orders: [...book.orders.values()].filter(isTerminal), transactions: [...book.transactions] };
  for (const order of book.past.orders) book.orders.delete(order.id);
  book.transactions.length = 0;
  for (const position of book.positions.values()) if (isZero(position.quantity)) book.positions.delete(position.symbol);
}
