import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { BrokerSymbol, IsoDate } from './symbol.ts';

/** Metrics of one underlying. Ranks, percentiles and implied volatilities are fractions (0.26 is 26 %). */
export type MarketMetrics = {
  readonly symbol: BrokerSymbol;
  readonly impliedVolatility?: Decimal;
  readonly impliedVolatility5DayChange?: Decimal;
  readonly ivRank?: Decimal;
  readonly ivPercentile?: Decimal;
  /** Percent points on the wire, fractions here. */
  readonly impliedVolatility30Day?: Decimal;
  readonly historicalVolatility30Day?: Decimal;
  readonly historicalVolatility60Day?: Decimal;
  readonly historicalVolatility90Day?: Decimal;
  readonly ivHvDifference30Day?: Decimal;
  readonly beta?: Decimal;
  readonly spyCorrelation3Month?: Decimal;
  readonly liquidityRating?: Decimal;
  readonly liquidityRank?: Decimal;
  readonly liquidityValue?: Decimal;
  readonly marketCap?: Decimal;
  readonly priceEarningsRatio?: Decimal;
  readonly earningsPerShare?: Decimal;
  readonly dividendYield?: Decimal;
  readonly dividendNextDate?: IsoDate;
  readonly dividendExDate?: IsoDate;
  readonly earnings?: { readonly expectedDate?: IsoDate; readonly isEstimated?: boolean; readonly timeOfDay?: string };
  readonly borrowRate?: Decimal;
  readonly lendability?: string;
  readonly sector?: string;
  readonly industry?: string;
  readonly listedMarket?: string;
  readonly updatedAt?: EpochMs;
  readonly expirationVolatilities: readonly { readonly date: IsoDate; readonly impliedVolatility: Decimal }[];
};

export const MARKETS = ['Equity', 'CME', 'CFE', 'Smalls'] as const;
export type Market = (typeof MARKETS)[number];

export type SessionTimes = {
  readonly date?: IsoDate;
  readonly startAt?: EpochMs;
  readonly openAt?: EpochMs;
  readonly closeAt?: EpochMs;
  readonly closeAtExtended?: EpochMs;
};

export type MarketSession = SessionTimes & {
  readonly market: Market;
  /** `Open`, `Closed`, `Pre-market`, `Extended`: the broker's word. */
  readonly state: string;
  readonly next?: SessionTimes;
  readonly previous?: SessionTimes;
};

export type MarketHolidays = { readonly holidays: readonly IsoDate[]; readonly halfDays: readonly IsoDate[] };

export type SymbolMatch = {
  readonly symbol: BrokerSymbol;
  readonly description: string;
  readonly instrumentType?: string;
  readonly listedMarket?: string;
  readonly hasOptions?: boolean;
};

export type WatchlistEntry = { readonly symbol: BrokerSymbol; readonly instrumentType?: string };

/** A named list of symbols. The name and the group are somebody's words. */
export type Watchlist = {
  readonly name: string;
  readonly groupName?: string;
  readonly orderIndex?: number;
  readonly entries: readonly WatchlistEntry[];
};
