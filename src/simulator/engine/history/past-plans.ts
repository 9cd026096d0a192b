import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isPositive, isZero } from '../../../core/decimal.ts';
import type { LegAction } from '../../../broker/model/order.ts';
import { positionOf } from '../orders/candidate.ts';
import type { Book } from '../accounts/book.ts';
import type { Listing, Market } from '../market.ts';
import { tradingDay } from '../world/trading-day.ts';
import type { Chance } from './chance.ts';
import { bookResting, bookTrade, bookUnfilled, type PastLeg } from './past-orders.ts';

/** What happened to the account at an instant; it may say what followed from it. */
export type Step = { readonly at: EpochMs; run(): readonly Step[] };

/** Where and when a past is made up. `moment` is an instant of an open session, `daysBefore` the desk's opening. */
export type PastWorld = {
  readonly book: Book;
  readonly market: Market;
  readonly chance: Chance;
  readonly openedAt: EpochMs;
  moment(daysBefore: number): EpochMs;
};

const DAY_MS = 86_400_000;
const SHORTEST_MS = 600_000;
const OPPOSITE: Record<LegAction, LegAction> = {
  'Buy to Open': 'Sell to Close',
  'Sell to Open': 'Buy to Close',
  'Buy to Close': 'Sell to Open',
  'Sell to Close': 'Buy to Open',
  Buy: 'Sell',
  Sell: 'Buy',
};

const daysUntil = (world: PastWorld, at: EpochMs): number => (world.openedAt - at) / DAY_MS;

/** More of what is held does no harm; anything else would turn an open into a close. */
const isInTheWay = (world: PastWorld, { symbol, action }: PastLeg): boolean => {
  const held = positionOf(world.book, symbol);
  return !isZero(held) && !(action === 'Buy to Open' && isPositive(held));
};
const areAllHeld = (world: PastWorld, legs: readonly PastLeg[]): boolean =>
  legs.every((leg) => !isZero(positionOf(world.book, leg.symbol)));

/** Closes what is still there of it. */
function closing(world: PastWorld, legs: readonly PastLeg[], at: EpochMs): Step {
  return {
    at,
    run() {
      if (areAllHeld(world, legs)) {
        bookTrade(
          world.book,
          { market: world.market, at },
          legs.map((leg) => ({ ...leg, action: OPPOSITE[leg.action] })),
        );
      }
      return [];
    },
  };
}

export type Episode = {
  readonly at: EpochMs;
  /** Absent: kept to this day, or until it expires. */
  readonly heldDays?: number;
  /** Chosen when the time has come; undefined when nothing suits. */
  choose(at: EpochMs): readonly PastLeg[] | undefined;
};

/** Something opened, and closed some days later unless it is to stay. What is held on the other side is left alone. */
export function episode(world: PastWorld, { at, heldDays, choose }: Episode): Step {
  return {
    at,
    run() {
      const legs = choose(at);
      if (legs === undefined || legs.some((leg) => isInTheWay(world, leg))) return [];
      if (!bookTrade(world.book, { market: world.market, at }, legs) || heldDays === undefined) return [];
      const closes = world.moment(Math.max(daysUntil(world, at) - heldDays, 1));
      return [closing(world, legs, epochMs(Math.max(closes, at + SHORTEST_MS)))];
    },
  };
}

export function unfilled(world: PastWorld, at: EpochMs, symbol: string): Step {
  const status = world.chance.pick(['Cancelled', 'Expired'] as const);
  const ending = { status, at: epochMs(Math.min(at + world.chance.between(1, 60) * 60_000, world.openedAt)) };
  const leg: PastLeg = { symbol, action: 'Buy to Open', quantity: world.chance.between(1, 5) * 10 };
  return {
    at,
    run() {
      bookUnfilled(world.book, { market: world.market, at }, { leg, ending });
      return [];
    },
  };
}

/** An order that waits below the market and still does when the desk opens. */
export function resting(world: PastWorld, at: EpochMs, symbol: string): Step {
  return {
    at,
    run() {
      bookResting(world.book, { market: world.market, at }, { symbol, action: 'Buy to Open', quantity: 10 });
      return [];
    },
  };
}

export type SpreadShape = {
  readonly kind: 'put-spread' | 'call-spread' | 'iron-condor' | 'long-call' | 'long-put';
  readonly days: number;
  readonly quantity: number;
};

const NEAR = 0.03;
const FRIDAY = 5;
const STRIKE_DIGITS = 8;

/** The Friday nearest to so many days ahead: every optionable fund has one. */
function fridayIn(at: EpochMs, days: number): string {
  const wanted = Date.parse(`${tradingDay(epochMs(at + days * DAY_MS))}T12:00:00Z`);
  const weekday = new Date(wanted).getUTCDay();
  return new Date(wanted + (FRIDAY - weekday) * DAY_MS).toISOString().slice(2, 10).replaceAll('-', '');
}

const optionSymbol = (root: string, date: string, right: string): string => `${root.padEnd(6)}${date}${right}`;
const strikeText = (strike: number): string => String(Math.round(strike * 1000)).padStart(STRIKE_DIGITS, '0');

/** Strikes this far apart are listed for near and far expirations alike. */
const strikeStep = (price: number): number => (price >= 250 ? 5 : 1);

/**
 * Legs of an option strategy around the price of the moment. The symbols are guessed and then looked up, which is a
 * hundred times cheaper than to build whole chains of the past; where the guess is wrong (a Good Friday) a week beside it is tried.
 */
export function optionLegs(
  world: PastWorld,
  listing: Listing,
  wanted: SpreadShape & { at: EpochMs },
): readonly PastLeg[] | undefined {
  for (const later of [0, -7, 7]) {
    const legs = legsExpiring(world, listing, { ...wanted, days: wanted.days + later });
    if (legs !== undefined) return legs;
  }
  return undefined;
}

function legsExpiring(
  world: PastWorld,
  listing: Listing,
  wanted: SpreadShape & { at: EpochMs },
): readonly PastLeg[] | undefined {
  const underlying = world.market.find(listing.symbol, wanted.at);
  if (underlying === undefined) return undefined;
  const price = Number(world.market.quote(underlying, wanted.at).mark);
  const step = strikeStep(price);
  const date = fridayIn(wanted.at, wanted.days);
  const leg = (right: 'C' | 'P', strike: number, action: LegAction): PastLeg => ({
    symbol: optionSymbol(listing.symbol, date, `${right}${strikeText(strike)}`),
    action,
    quantity: wanted.quantity,
  });
  const low = Math.floor((price * (1 - NEAR)) / step) * step;
  const high = Math.ceil((price * (1 + NEAR)) / step) * step;
  const puts = [leg('P', low, 'Sell to Open'), leg('P', low - step, 'Buy to Open')];
  const calls = [leg('C', high, 'Sell to Open'), leg('C', high + step, 'Buy to Open')];
  const shapes: Record<SpreadShape['kind'], readonly PastLeg[]> = {
    'put-spread': puts,
    'call-spread': calls,
    'iron-condor': [...puts, ...calls],
    'long-call': [leg('C', high, 'Buy to Open')],
    'long-put': [leg('P', low, 'Buy to Open')],
  };
  const legs = shapes[wanted.kind];
  return legs.every(({ symbol }) => world.market.find(symbol, wanted.at) !== undefined) ? legs : undefined;
}

/** The nearest future of a product that outlives what is planned with it. */
export function futureLeg(
  world: PastWorld,
  product: Listing,
  wanted: { at: EpochMs; days: number; action: 'Buy to Open' | 'Sell to Open' },
): readonly PastLeg[] | undefined {
  const lasting = world.market
    .futures(product.symbol, wanted.at)
    .find((contract) => contract.expiresAt === undefined || contract.expiresAt > wanted.at + wanted.days * DAY_MS);
  return lasting === undefined ? undefined : [{ symbol: lasting.symbol, action: wanted.action, quantity: 1 }];
}
