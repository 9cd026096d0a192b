import type { EpochMs } from '../../../src/core/clock.ts';
import { epochMs } from '../../../src/core/clock.ts';
import { isoDate } from '../../../src/broker/model/symbol.ts';
import { decimal, subtract, type Decimal } from '../../../src/core/decimal.ts';
import { createCalendar, type Calendar } from '../../../src/simulator/engine/calendar.ts';
import type { Contract, Listing, Market, MarketQuote } from '../../../src/simulator/engine/market.ts';

/** Prices that a test sets; size 100 on both sides unless told. A side that is absent has no bidder or no offer. */
export type SetQuote = {
  readonly bid?: string;
  readonly ask?: string;
  readonly bidSize?: string;
  readonly askSize?: string;
  readonly last?: string;
};

/** A market that shows what a test put there, and nothing at all for any other contract. */
export type FakeMarket = Market & { set(symbol: string, quote: SetQuote): void };

const d = decimal;
const PENNY = [{ step: d('0.01') }];
const OPTION_TICKS = [{ below: d('3'), step: d('0.05') }, { step: d('0.10') }];

function listing(symbol: string, kind: Listing['kind'], more: Partial<Listing> = {}): Listing {
  return {
    symbol,
    kind,
    description: symbol,
    listedMarket: 'XNAS',
    multiplier: d('1'),
    ticks: PENNY,
    optionTicks: OPTION_TICKS,
    hasOptions: kind !== 'crypto',
    fundamentals: { sector: 'None', industry: 'None', beta: 1, dividendYield: 0, liquidity: 4, easyToBorrow: true },
    ...more,
  };
}

const LISTINGS: readonly Listing[] = [
  listing('AAPL', 'equity'),
  listing('MSFT', 'equity'),
  listing('SPY', 'etf'),
  listing('SPX', 'index', { multiplier: d('100') }),
  listing('/ES', 'future-product', {
    multiplier: d('50'),
    ticks: [{ step: d('0.25') }],
    optionTicks: [{ step: d('0.05') }],
  }),
  listing('BTC/USD', 'crypto'),
];

const OCC = /^([A-Z/ ]{6})(\d{2})(\d{2})(\d{2})([CP])(\d{8})$/u;
const FUTURE_OPTION = /^\.\/ESZ6 E1AZ6 (\d{6})([CP])(\d+)$/u;
const TYPES = {
  equity: 'Equity',
  etf: 'Equity',
  index: 'Index',
  crypto: 'Cryptocurrency',
  'future-product': 'Future',
} as const;
const FUTURE = '/ESZ6';
const FUTURE_EXPIRY = Date.parse('2026-12-18T14:30:00Z');

const known = (symbol: string): Listing | undefined => LISTINGS.find((one) => one.symbol === symbol);

function spot(of: Listing): Contract {
  const { symbol, multiplier, ticks } = of;
  return {
    symbol,
    instrumentType: TYPES[of.kind],
    listing: of,
    streamerSymbol: symbol,
    underlying: symbol,
    multiplier,
    ticks,
    isDead: false,
  };
}

function future(product: Listing): Contract {
  return {
    ...spot(product),
    symbol: FUTURE,
    underlying: FUTURE,
    streamerSymbol: '/ESZ26:XCME',
    expiresAt: epochMs(FUTURE_EXPIRY),
    expiration: isoDate('2026-12-18'),
  };
}

type Terms = { readonly day: string; readonly side: string; readonly strike: Decimal };

function option(of: Listing, symbol: string, { day, side, strike }: Terms): Contract {
  const isFuture = of.kind === 'future-product';
  return {
    symbol,
    instrumentType: isFuture ? 'Future Option' : 'Equity Option',
    listing: of,
    underlying: isFuture ? FUTURE : of.symbol,
    multiplier: isFuture ? of.multiplier : d('100'),
    ticks: of.optionTicks,
    isDead: false,
    // 16:00 in New York in winter.
    expiresAt: epochMs(Date.parse(`${day}T21:00:00Z`)),
    expiration: isoDate(day),
    option: { side: side === 'C' ? 'C' : 'P', strike, root: of.symbol, settlement: 'PM' },
  };
}

function occ(symbol: string): Contract | undefined {
  const [, root = '', year, month, day, side = '', strike = ''] = OCC.exec(symbol) ?? [];
  const of = known(root.trim());
  if (of === undefined || !of.hasOptions) return undefined;
  return option(of, symbol, { day: `20${year}-${month}-${day}`, side, strike: d(String(Number(strike) / 1000)) });
}

function futureOption(symbol: string): Contract | undefined {
  const [, date = '', side = '', strike = ''] = FUTURE_OPTION.exec(symbol) ?? [];
  const product = known('/ES');
  if (product === undefined || date === '') return undefined;
  return option(product, symbol, {
    day: `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}`,
    side,
    strike: d(strike),
  });
}

function contractOf(symbol: string): Contract | undefined {
  const of = known(symbol === FUTURE ? '/ES' : symbol);
  if (of?.kind === 'future-product') return symbol === FUTURE ? future(of) : undefined;
  return of === undefined ? (occ(symbol) ?? futureOption(symbol)) : spot(of);
}

const middle = (bid: string | undefined, ask: string | undefined): Decimal => {
  if (bid !== undefined && ask !== undefined) return d(String((Number(bid) + Number(ask)) / 2));
  return d(bid ?? ask ?? '0');
};

export function createFakeMarket(calendar: Calendar = createCalendar()): FakeMarket {
  const quotes = new Map<string, SetQuote>();

  function quote(contract: Contract): MarketQuote {
    const { bid, ask, bidSize = '100', askSize = '100', last } = quotes.get(contract.symbol) ?? {};
    return {
      ...(bid === undefined ? {} : { bid: d(bid) }),
      ...(ask === undefined ? {} : { ask: d(ask) }),
      ...(last === undefined ? {} : { last: d(last) }),
      bidSize: d(bidSize),
      askSize: d(askSize),
      mark: middle(bid, ask),
    };
  }

  return {
    calendar,
    listings: LISTINGS,
    futures: (product) => [contractOf(product === '/ES' ? FUTURE : '')].filter((contract) => contract !== undefined),
    expirations: () => [],
    find(symbol, at: EpochMs) {
      const contract = contractOf(symbol);
      return contract?.expiresAt !== undefined && contract.expiresAt <= at ? undefined : contract;
    },
    findByStreamerSymbol: () => undefined,
    quote,
    greeks: () => undefined,
    day(contract) {
      const close = subtract(quote(contract).mark, d('0'));
      return {
        date: isoDate('2026-11-23'),
        open: close,
        high: close,
        low: close,
        close,
        prevDate: isoDate('2026-11-20'),
        prevClose: close,
        volume: 0,
        openInterest: 0,
      };
    },
    bar: () => undefined,
    volatility: () => 0.2,
    move: () => undefined,
    set: (symbol, next) => void quotes.set(symbol, next),
  };
}
