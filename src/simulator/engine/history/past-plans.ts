import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { isZero } from '../../../core/decimal.ts';
import type { LegAction } from '../../../broker/model/order.ts';
import { positionOf } from '../orders/candidate.ts';
import type { Book } from '../accounts/book.ts';
import type { Expiration, Listing, Market } from '../market.ts';
import type { Chance } from './chance.ts';
import { bookTrade, bookUnfilled, type PastLeg } from './past-orders.ts';

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
const OPPOSITE: Record<LegAction, LegAction> = {
  'Buy to Open': 'Sell to Close',
  'Sell to Open': 'Buy to Close',
  'Buy to Close': 'Sell to Open',
  'Sell to Close': 'Buy to Open',
  Buy: 'Sell',
  Sell: 'Buy',
};

const daysUntil = (world: PastWorld, at: EpochMs): number => (world.openedAt - at) / DAY_MS;

const isHeld = (world: PastWorld, legs: readonly PastLeg[]): boolean => legs.some((leg) => !isZero(positionOf(world.book, leg.symbol)));
const areAllHeld = (world: PastWorld, legs: readonly PastLeg[]): boolean => legs.every((leg) => !isZero(positionOf(world.book, leg.symbol)));

/** Closes what is still there of it. */
function closing(world: PastWorld, legs: readonly PastLeg[], at: EpochMs): Step {
  return {
    at,
    run() {
      if (areAllHeld(world, legs)) {
        bookTrade(world.book, { market: world.market, at }, legs.map((leg) => ({ ...leg, action: OPPOSITE[leg.action] })));
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

/** Something opened, and closed some days later unless it is to stay. What is already held is left alone. */
export function episode(world: PastWorld, { at, heldDays, choose }: Episode): Step {
  return {
    at,
    run() {
      const legs = choose(at);
      if (legs === undefined || isHeld(world, legs)) return [];
      if (!bookTrade(world.book, { market: world.market, at }, legs) || heldDays === undefined) return [];
      const days = daysUntil(world, at) - heldDays;
      return days < 1 ? [closing(world, legs, world.moment(1))] : [closing(world, legs, world.moment(days))];
    },
  };
}

export function unfilled(world: PastWorld, at: EpochMs, symbol: string): Step {
  const status = world.chance.pick(['Cancelled', 'Expired'] as const);
  const ending = { status, at: epochMs(at + world.chance.between(1, 60) * 60_000) };
  const leg: PastLeg = { symbol, action: 'Buy to Open', quantity: world.chance.between(1, 5) * 10 };
  return {
    at,
    run() {
      bookUnfilled(world.book, { market: world.market, at }, { leg, ending });
      return [];
    },
  };
}

function expirationIn(world: PastWorld, listing: Listing, wanted: { at: EpochMs; days: number }): Expiration | undefined {
  const far = (expiration: Expiration): number => Math.abs((expiration.expiresAt - wanted.at) / DAY_MS - wanted.days);
  return world.market
    .expirations(listing.symbol, wanted.at)
    .filter((expiration) => expiration.strikes.length >= 10 && expiration.expiresAt - wanted.at > DAY_MS)
    .toSorted((a, b) => far(a) - far(b))[0];
}

export type SpreadShape = { readonly kind: 'put-spread' | 'call-spread' | 'iron-condor' | 'long-call' | 'long-put'; readonly days: number; readonly quantity: number };

/** The strike nearest to `factor` times the underlying's price. */
function strikeNear(expiration: Expiration, target: number): number {
  const distance = (index: number): number => Math.abs(Number(expiration.strikes[index]?.strike ?? 0) - target);
  return expiration.strikes.reduce((best, _strike, index) => (distance(index) < distance(best) ? index : best), 0);
}

const WING = 2;
const NEAR = 0.03;

/** Legs of an option strategy around the price of the moment. */
export function optionLegs(world: PastWorld, listing: Listing, wanted: SpreadShape & { at: EpochMs }): readonly PastLeg[] | undefined {
  const expiration = expirationIn(world, listing, wanted);
  const underlying = world.market.find(listing.symbol, wanted.at);
  if (expiration === undefined || underlying === undefined) return undefined;
  const price = Number(world.market.quote(underlying, wanted.at).mark);
  const { quantity, kind } = wanted;
  const leg = (index: number, side: 'call' | 'put', action: LegAction): PastLeg[] => {
    const contract = expiration.strikes[index]?.[side];
    return contract === undefined ? [] : [{ symbol: contract.symbol, action, quantity }];
  };
  const low = strikeNear(expiration, price * (1 - NEAR));
  const high = strikeNear(expiration, price * (1 + NEAR));
  const puts = [...leg(low, 'put', 'Sell to Open'), ...leg(low - WING, 'put', 'Buy to Open')];
  const calls = [...leg(high, 'call', 'Sell to Open'), ...leg(high + WING, 'call', 'Buy to Open')];
  const shapes = {
    'put-spread': puts,
    'call-spread': calls,
    'iron-condor': [...puts, ...calls],
    'long-call': leg(high, 'call', 'Buy to Open'),
    'long-put': leg(low, 'put', 'Buy to Open'),
  };
  const legs = shapes[kind];
  const expected = { 'put-spread': 2, 'call-spread': 2, 'iron-condor': 4, 'long-call': 1, 'long-put': 1 }[kind];
  return legs.length === expected ? legs : undefined;
}

/** The nearest future of a product that outlives what is planned with it. */
export function futureLeg(world: PastWorld, product: Listing, wanted: { at: EpochMs; days: number; action: 'Buy to Open' | 'Sell to Open' }): readonly PastLeg[] | undefined {
  const lasting = world.market
    .futures(product.symbol, wanted.at)
    .find((contract) => contract.expiresAt === undefined || contract.expiresAt > wanted.at + wanted.days * DAY_MS);
  return lasting === undefined ? undefined : [{ symbol: lasting.symbol, action: wanted.action, quantity: 1 }];
}
