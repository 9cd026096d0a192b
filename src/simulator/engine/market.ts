import type { IsoDate } from '../../broker/model/symbol.ts';
import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { Calendar } from './calendar.ts';

/** `below` absent: the open-ended band. */
export type Tick = { readonly below?: Decimal; readonly step: Decimal };

/** What a futures product is, besides a listing. */
export type FuturesProduct = {
  /** Without the slash: `ES`. */
  readonly code: string;
  readonly exchange: 'CME';
  /** As in streamer symbols: `XCME`, `XNYM`, `XCEC`. */
  readonly streamerExchange: string;
  /** Month letters in the order of the year: `HMUZ`. */
  readonly months: string;
  readonly cashSettled: boolean;
  readonly sector: string;
  /** The equity index below the product: `SPX`. */
  readonly underlyingIndex?: string;
};

/** Slow facts about a company or fund, for metrics and margin. Fractions, except where said. */
export type Fundamentals = {
  readonly sector: string;
  readonly industry: string;
  readonly beta: number;
  /** Continuous, as the option model uses it. */
  readonly dividendYield: number;
  readonly sharesOutstanding?: number;
  readonly earningsPerShare?: number;
  /** 1 (nobody trades it) to 4 (tightest). */
  readonly liquidity: 1 | 2 | 3 | 4;
  readonly easyToBorrow: boolean;
};

/** A product that does not depend on the date: a stock, an ETF, an index, a currency pair, a futures product. */
export type Listing = {
  readonly symbol: string;
  readonly kind: 'equity' | 'etf' | 'index' | 'crypto' | 'future-product';
  readonly description: string;
  readonly listedMarket: string;
  readonly multiplier: Decimal;
  readonly ticks: readonly Tick[];
  readonly optionTicks: readonly Tick[];
  readonly hasOptions: boolean;
  readonly fundamentals: Fundamentals;
  /** There for a futures product. */
  readonly product?: FuturesProduct;
};

/** Anything with a symbol of its own at one instant: a listing, a dated future, or one option. */
export type Contract = {
  readonly symbol: string;
  readonly instrumentType: 'Equity' | 'Index' | 'Equity Option' | 'Future' | 'Future Option' | 'Cryptocurrency';
  readonly listing: Listing;
  /** A few options have none, as at the real broker. */
  readonly streamerSymbol?: string;
  /** The future under a future option, the listing's symbol under an equity option, else itself. */
  readonly underlying: string;
  /** Money per point: 1 for shares, 100 for equity options, 50 for /ES and its options. */
  readonly multiplier: Decimal;
  readonly ticks: readonly Tick[];
  /** Dead: no quote and no trade ever comes for it. */
  readonly isDead: boolean;
  readonly expiresAt?: EpochMs;
  readonly expiration?: IsoDate;
  readonly option?: {
    readonly side: 'C' | 'P';
    readonly strike: Decimal;
    readonly root: string;
    readonly settlement: 'AM' | 'PM';
  };
};

/** One expiration of one root, with every strike listed for it. */
export type Expiration = {
  readonly underlying: string;
  readonly root: string;
  /** `SPY`, `SPXW`; for future options the contract code: `E1AN6`. */
  readonly contractCode: string;
  readonly date: IsoDate;
  readonly expiresAt: EpochMs;
  readonly type: 'Regular' | 'Weekly' | 'Quarterly' | 'End-Of-Month';
  readonly settlement: 'AM' | 'PM';
  /** In ascending order. */
  readonly strikes: readonly { readonly strike: Decimal; readonly call: Contract; readonly put: Contract }[];
};

/**
 * What the market shows for one contract. Index: no bid or ask. A dead contract: neither, and no last. An option
 * that nobody bids for has a bid of 0 with size 0. Outside its session a contract shows the session's last instant.
 * `last` counts trades outside regular hours too, which the day's bar does not. From its expiry on a dated contract shows what it settled at, as `last` and `mark`, and no bid or ask.
 */
export type MarketQuote = {
  readonly bid?: Decimal;
  readonly ask?: Decimal;
  readonly bidSize: Decimal;
  readonly askSize: Decimal;
  readonly last?: Decimal;
  /** The model's fair value to 4 places, never outside bid and ask: what marks and greeks are told from. */
  readonly mark: Decimal;
};

/**
 * The present or latest trading day of a contract, at its ticks. A trading day is the session date of its exchange;
 * for currency pairs, and for everything in an always-open market, the calendar day in New York.
 */
export type MarketDay = {
  readonly date: IsoDate;
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  /** The price in which the day stands now: its close, once it has closed. */
  readonly close: Decimal;
  readonly prevDate: IsoDate;
  readonly prevClose: Decimal;
  readonly volume: number;
  /** 0 for what has none. */
  readonly openInterest: number;
};

/** Trading of one contract within a span of time. */
export type MarketBar = {
  readonly open: Decimal;
  readonly high: Decimal;
  readonly low: Decimal;
  readonly close: Decimal;
  readonly volume: number;
};

/** From `from` until before `to`; `asOf` is the present, after which nothing is known. */
export type BarSpan = { readonly from: EpochMs; readonly to: EpochMs; readonly asOf: EpochMs };

/** Per share and unrounded: theta per day, vega and rho per percent point, volatility as a fraction. */
export type MarketGreeks = {
  readonly price: number;
  readonly volatility: number;
  readonly delta: number;
  readonly gamma: number;
  readonly theta: number;
  readonly vega: number;
  readonly rho: number;
};

/** A level shift that a person commanded: from `at` on, the listing trades `factor` times higher. */
export type MarketMove = { readonly symbol: string; readonly at: EpochMs; readonly factor: number };

/**
 * The simulated market: a pure function of (seed, moves, instant). Nothing in it is stored, so any instant, past
 * or present, can be asked in any order, and two simulators with one seed agree.
 */
export type Market = {
  readonly calendar: Calendar;
  readonly listings: readonly Listing[];
  /** Dated futures of a product (`/ES`) that trade at `at`, nearest first. Empty for anything else. */
  futures(product: string, at: EpochMs): readonly Contract[];
  /** The option chain of an equity, ETF or index symbol, or of a futures product (`/ES`), in order of date and root. */
  expirations(underlying: string, at: EpochMs): readonly Expiration[];
  /** Any contract that is listed at `at`, by the broker's symbol; undefined for anything else. A product is not a contract. */
  find(symbol: string, at: EpochMs): Contract | undefined;
  findByStreamerSymbol(streamerSymbol: string, at: EpochMs): Contract | undefined;
  quote(contract: Contract, at: EpochMs): MarketQuote;
  /** Undefined for what is no option, for a dead one, and from expiry on. */
  greeks(contract: Contract, at: EpochMs): MarketGreeks | undefined;
  day(contract: Contract, at: EpochMs): MarketDay;
  /** Undefined when the contract did not trade within the span. A dead contract never did. */
  bar(contract: Contract, span: BarSpan): MarketBar | undefined;
  /** Annualised at-the-money volatility of a listing or future for a horizon in days, as a fraction. RangeError for an unknown symbol. */
  volatility(symbol: string, days: number, at: EpochMs): number;
  /** RangeError for a symbol that is no listing or a factor that is not a positive number. */
  move(move: MarketMove): void;
};
