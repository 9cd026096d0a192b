import { epochMs, type EpochMs } from '../../../core/clock.ts';
import { decimal } from '../../../core/decimal.ts';
import type { Book } from '../accounts/book.ts';
import { moveMoney } from '../accounts/post.ts';
import { tradingDay } from '../world/trading-day.ts';
import type { Chance } from './chance.ts';
import type { PastAmounts, PastChoices } from './past-choices.ts';
import {
  episode,
  futureLeg,
  optionLegs,
  resting,
  unfilled,
  type Episode,
  type PastWorld,
  type SpreadShape,
  type Step,
} from './past-plans.ts';

const DAY_MS = 86_400_000;

/** More of late than long ago. */
const someDaysBefore = (chance: Chance, days: number): number => 2 + chance.fraction() ** 1.6 * (days - 3);

const repeat = (times: number, make: () => Step): Step[] => Array.from({ length: times }, make);

function sharesFor(
  { market }: PastWorld,
  symbol: string,
  { at, budget }: { at: EpochMs; budget: number },
): ReturnType<Episode['choose']> {
  const contract = market.find(symbol, at);
  const quantity = contract === undefined ? 0 : Math.floor(budget / Number(market.quote(contract, at).mark));
  return quantity < 1 ? undefined : [{ symbol, action: 'Buy to Open', quantity }];
}

function stockSteps(
  world: PastWorld,
  choices: PastChoices,
  { days, stocks, unfilled: missed, budget }: PastAmounts,
): Step[] {
  const { chance } = world;
  const symbol = (): string => chance.pick(choices.stocks).symbol;
  const bought = repeat(stocks, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: chance.between(1, 40),
      choose: (at) => sharesFor(world, symbol(), { at, budget: chance.between(1, 10) * (budget / 10) }),
    }),
  );
  return [...bought, ...repeat(missed, () => unfilled(world, world.moment(someDaysBefore(chance, days)), symbol()))];
}

const MARGIN_SHAPES = ['put-spread', 'call-spread', 'iron-condor', 'iron-condor', 'long-call', 'long-put'] as const;
const CASH_SHAPES = ['long-call', 'long-put'] as const;
const KEPT_TO_EXPIRATION = 0.2;

function optionSteps(world: PastWorld, choices: PastChoices, { days, options }: PastAmounts): Step[] {
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

function otherSteps(world: PastWorld, choices: PastChoices, { days, futures, crypto }: PastAmounts): Step[] {
  const { chance, book } = world;
  const [future, ...others] = choices.futures;
  const [coin] = choices.crypto;
  if (future === undefined || coin === undefined) return [];
  const traded = repeat(book.profile.isFuturesEnabled ? futures : 0, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: 1,
      choose: (at) =>
        futureLeg(world, chance.pick([future, ...others]), {
          at,
          days: 8,
          action: chance.pick(['Buy to Open', 'Sell to Open'] as const),
        }),
    }),
  );
  const coins = repeat(book.profile.isCryptoEnabled ? crypto : 0, () =>
    episode(world, {
      at: world.moment(someDaysBefore(chance, days)),
      heldDays: chance.between(1, 20),
      choose: () => [{ symbol: coin.symbol, action: 'Buy to Open', quantity: chance.between(1, 9) / 100 }],
    }),
  );
  return [...traded, ...coins];
}

/** What the account still holds when the desk opens. */
function standingSteps(world: PastWorld, choices: PastChoices): Step[] {
  const { chance, book } = world;
  const { kind, isFuturesEnabled, isCryptoEnabled, past } = book.profile;
  const [stock, other = stock] = choices.stocks;
  const [fund, second = fund] = choices.funds;
  const [future] = choices.futures;
  const [coin] = choices.crypto;
  const kept = (choose: Episode['choose']): Step => episode(world, { at: world.moment(chance.between(3, 14)), choose });
  const bought = (symbol: string, quantity: number): Step => kept(() => [{ symbol, action: 'Buy to Open', quantity }]);
  const isMargin = kind === 'Margin';
  return [
    bought(stock.symbol, past === 'busy' ? 120 : 40),
    bought(other.symbol, past === 'busy' ? 40 : 15),
    kept((at) => optionLegs(world, second, { kind: 'long-call', days: 60, quantity: 1, at })),
    isMargin && kept((at) => optionLegs(world, fund, { kind: 'iron-condor', days: 45, quantity: 2, at })),
    isFuturesEnabled &&
      future !== undefined &&
      kept((at) => futureLeg(world, future, { at, days: 40, action: 'Buy to Open' })),
    isCryptoEnabled && coin !== undefined && bought(coin.symbol, 0.25),
    past === 'busy' && resting(world, world.moment(2), (choices.stocks.at(-1) ?? stock).symbol),
  ].filter((step) => step !== false);
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

function moneySteps(world: PastWorld, choices: PastChoices, { days }: PastAmounts): Step[] {
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

/** All that happens in a past, in no order. */
export function pastSteps(world: PastWorld, choices: PastChoices, amounts: PastAmounts): Step[] {
  return [
    ...stockSteps(world, choices, amounts),
    ...optionSteps(world, choices, amounts),
    ...otherSteps(world, choices, amounts),
    ...standingSteps(world, choices),
    ...moneySteps(world, choices, amounts),
  ];
}
