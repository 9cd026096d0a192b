import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { decimal, isNegative, isZero } from '../../../core/decimal.ts';
import { isoDate } from '../../../broker/model/symbol.ts';
import { openPositions, type Book } from '../accounts/book.ts';
import { moveMoney } from '../accounts/post.ts';
import type { Contract, Listing, Market } from '../market.ts';
import { advanceBook } from '../matching/advance-book.ts';
import type { Floor } from '../matching/floor.ts';
import { isTerminal } from '../orders/order.ts';
import { tradingDay } from '../world/trading-day.ts';
import { createChance, type Chance } from './chance.ts';
import { bookTrade } from './past-orders.ts';
import {
  episode,
  futureLeg,
  optionLegs,
  resting,
  unfilled,
  type PastWorld,
  type SpreadShape,
  type Step,
} from './past-plans.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

type Amounts = {
  readonly days: number;
  readonly stocks: number;
  readonly options: number;
  readonly futures: number;
  readonly crypto: number;
  readonly unfilled: number;
};

const AMOUNTS: Record<'busy' | 'quiet', Amounts> = {
  busy: { days: 730, stocks: 70, options: 95, futures: 35, crypto: 14, unfilled: 50 },
  quiet: { days: 120, stocks: 8, options: 6, futures: 2, crypto: 1, unfilled: 4 },
};

/** An instant within the session of the day, or of the next day that has one. */
function createMoment(floor: Floor, openedAt: EpochMs, chance: Chance): (daysBefore: number) => EpochMs {
  return (daysBefore) => {
    const date = isoDate(tradingDay(epochMs(openedAt - daysBefore * DAY_MS)));
    const day = epochMs(Date.parse(`${date}T12:00:00Z`));
    const session = floor.calendar.session('Equity', date) ?? floor.calendar.sessionAt('Equity', day).next;
    const from = session.openAt + 10 * MINUTE_MS;
    const until = Math.min(session.closeAt - 10 * MINUTE_MS, openedAt - MINUTE_MS);
    return epochMs(Math.floor(from + chance.fraction() * Math.max(until - from, 0)));
  };
}

type Choices = {
  readonly stocks: readonly [Listing, ...Listing[]];
  readonly funds: readonly [Listing, ...Listing[]];
  readonly futures: readonly Listing[];
  readonly crypto: readonly Listing[];
};

const FAMILIAR_FUTURES: ReadonlySet<string> = new Set(['/ES', '/MES', '/NQ', '/MNQ', '/CL', '/GC']);

/** Stocks are held for themselves, options are traded on funds: a delivery is never mistaken for a holding. */
function choicesOf(floor: Floor, at: EpochMs): Choices | undefined {
  const of = (kind: Listing['kind']): Listing[] => floor.market.listings.filter((listing) => listing.kind === kind);
  const isQuoted = ({ symbol }: Listing): boolean => floor.market.find(symbol, at)?.isDead === false;
  const [stock, ...stocks] = of('equity').filter(isQuoted);
  const [fund, ...funds] = of('etf').filter((listing) => listing.hasOptions);
  if (stock === undefined || fund === undefined) return undefined;
  const futures = of('future-product');
  const familiar = futures.filter((listing) => FAMILIAR_FUTURES.has(listing.symbol));
  return {
    stocks: [stock, ...stocks],
    funds: [fund, ...funds.slice(0, 4)],
    futures: familiar.length > 0 ? familiar : futures,
    crypto: of('crypto'),
  };
}

/** More of late than long ago. */
const someDaysBefore = (chance: Chance, days: number): number => 2 + chance.fraction() ** 1.6 * (days - 3);

const repeat = (times: number, make: () => Step): Step[] => Array.from({ length: times }, make);

function stockSteps(world: PastWorld, choices: Choices, { days, stocks, unfilled: missed }: Amounts): Step[] {
  const { chance } = world;
  const symbol = (): string => chance.pick(choices.stocks).symbol;
  const bought = repeat(stocks, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: chance.between(1, 40),
      choose: () => [{ symbol: symbol(), action: 'Buy to Open', quantity: chance.between(1, 25) * 10 }],
    }),
  );
  return [...bought, ...repeat(missed, () => unfilled(world, world.moment(someDaysBefore(chance, days)), symbol()))];
}

const MARGIN_SHAPES = ['put-spread', 'call-spread', 'iron-condor', 'iron-condor', 'long-call', 'long-put'] as const;
const CASH_SHAPES = ['long-call', 'long-put'] as const;
const KEPT_TO_EXPIRATION = 0.2;

function optionSteps(world: PastWorld, choices: Choices, { days, options }: Amounts): Step[] {
  const { chance, book } = world;
  return repeat(options, () => {
    const shape: SpreadShape = {
      kind: book.profile.kind === 'Margin' ? chance.pick(MARGIN_SHAPES) : chance.pick(CASH_SHAPES),
      days: chance.between(7, 45),
      quantity: chance.between(1, 4),
    };
    const listing = chance.pick(choices.funds);
    const kept = chance.fraction() < KEPT_TO_EXPIRATION;
    return episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      ...(kept ? {} : { heldDays: chance.between(1, 6) }),
      choose: (at) => optionLegs(world, listing, { ...shape, at }),
    });
  });
}

function otherSteps(world: PastWorld, choices: Choices, { days, futures, crypto }: Amounts): Step[] {
  const { chance, book } = world;
  const [future] = choices.futures;
  const [coin] = choices.crypto;
  const traded = repeat(book.profile.isFuturesEnabled && future !== undefined ? futures : 0, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: 1,
      choose: (at) =>
        futureLeg(world, chance.pick([future as Listing, ...choices.futures]), {
          at,
          days: 8,
          action: chance.pick(['Buy to Open', 'Sell to Open'] as const),
        }),
    }),
  );
  const coins = repeat(book.profile.isCryptoEnabled && coin !== undefined ? crypto : 0, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: chance.between(1, 20),
      choose: () => [{ symbol: coin?.symbol ?? '', action: 'Buy to Open', quantity: chance.between(1, 9) / 100 }],
    }),
  );
  return [...traded, ...coins];
}

/** What the account still holds when the desk opens. */
function standingSteps(world: PastWorld, choices: Choices): Step[] {
  const { chance, book } = world;
  const kept = (choose: (at: EpochMs) => ReturnType<typeof optionLegs>): Step =>
    episode(world, { at: world.moment(chance.between(3, 14)), choose });
  const [stock, other = stock] = choices.stocks;
  const [fund] = choices.funds;
  const steps = [
    kept(() => [{ symbol: stock.symbol, action: 'Buy to Open', quantity: 120 }]),
    kept(() => [{ symbol: other.symbol, action: 'Buy to Open', quantity: 40 }]),
  ];
  if (book.profile.kind === 'Margin')
    steps.push(kept((at) => optionLegs(world, fund, { kind: 'iron-condor', days: 45, quantity: 2, at })));
  steps.push(
    kept((at) => optionLegs(world, choices.funds[1] ?? fund, { kind: 'long-call', days: 60, quantity: 1, at })),
  );
  const [future] = choices.futures;
  if (book.profile.isFuturesEnabled && future !== undefined)
    steps.push(kept((at) => futureLeg(world, future, { at, days: 40, action: 'Buy to Open' })));
  const [coin] = choices.crypto;
  if (book.profile.isCryptoEnabled && coin !== undefined)
    steps.push(kept(() => [{ symbol: coin.symbol, action: 'Buy to Open', quantity: 0.25 }]));
  if (book.profile.past === 'busy')
    steps.push(resting(world, world.moment(2), (choices.stocks.at(-1) ?? stock).symbol));
  return steps;
}

const money = (
  book: Book,
  at: EpochMs,
  movement: { subType: string; description: string; value: string; symbol?: string },
): Step => ({
  at,
  run() {
    moveMoney(book, { ...movement, value: decimal(movement.value), at });
    return [];
  },
});

function moneySteps(world: PastWorld, choices: Choices, { days }: Amounts): Step[] {
  const { book, chance, openedAt } = world;
  const months = Math.floor((days - 5) / 30);
  const every = (back: number): EpochMs =>
    epochMs(Date.parse(`${tradingDay(epochMs(openedAt - back * DAY_MS))}T21:00:00Z`));
  return Array.from({ length: months }, (_none, index) => index + 1).flatMap((month) => [
    money(book, every(month * 30), {
      subType: 'Credit Interest',
      description: 'INTEREST ON CREDIT BALANCE',
      value: (chance.between(300, 2500) / 100).toFixed(2),
    }),
    money(book, every(month * 30 - 4), { subType: 'Deposit', description: 'ACH DEPOSIT', value: '500' }),
    ...(month % 3 === 0
      ? [
          money(book, every(month * 30 - 9), {
            subType: 'Dividend',
            description: 'CASH DIVIDEND',
            value: (chance.between(900, 4000) / 100).toFixed(2),
            symbol: choices.stocks[0].symbol,
          }),
        ]
      : []),
  ]);
}

/** Stock that options delivered is sold, or bought back, at the next occasion. */
function clearDeliveries(world: PastWorld & { choices: Choices }, at: EpochMs): void {
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

function runSteps(floor: Floor, world: PastWorld & { choices: Choices }, steps: readonly Step[]): void {
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
  const amounts = kind === 'none' ? undefined : AMOUNTS[kind];
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
    const steps = [stockSteps, optionSteps, otherSteps].flatMap((make) => make(world, choices, amounts));
    runSteps(silent, { ...world, choices }, [
      ...steps,
      ...standingSteps(world, choices),
      ...moneySteps(world, choices, amounts),
    ]);
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
