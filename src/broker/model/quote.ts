import type { EpochMs } from '../../core/clock.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { StreamerSymbol } from './symbol.ts';

/** Best bid and ask. An absent side is unknown or empty, never zero in disguise. */
export type Quote = {
  readonly kind: 'Quote';
  readonly symbol: StreamerSymbol;
  readonly bid?: Decimal;
  readonly ask?: Decimal;
  readonly bidSize?: Decimal;
  readonly askSize?: Decimal;
  /** When this gateway received it: the feed conflates, and its own times are of one side only. */
  readonly asOf: EpochMs;
};

/** The last sale: all that an index has. */
export type Trade = {
  readonly kind: 'Trade';
  readonly symbol: StreamerSymbol;
  readonly price?: Decimal;
  readonly change?: Decimal;
  readonly dayVolume?: Decimal;
  readonly asOf: EpochMs;
};

/** Model values of an option: per share, theta per day, vega and rho per percent point, volatility as a fraction. */
export type Greeks = {
  readonly kind: 'Greeks';
  readonly symbol: StreamerSymbol;
  readonly price?: Decimal;
  readonly volatility?: Decimal;
  readonly delta?: Decimal;
  readonly gamma?: Decimal;
  readonly theta?: Decimal;
  readonly rho?: Decimal;
  readonly vega?: Decimal;
  readonly asOf: EpochMs;
};

/** The day's bar and open interest. */
export type Summary = {
  readonly kind: 'Summary';
  readonly symbol: StreamerSymbol;
  readonly dayOpen?: Decimal;
  readonly dayHigh?: Decimal;
  readonly dayLow?: Decimal;
  readonly prevDayClose?: Decimal;
  readonly openInterest?: Decimal;
  readonly asOf: EpochMs;
};

export type MarketEvent = Quote | Trade | Greeks | Summary;
export type MarketEventKind = MarketEvent['kind'];
export type EventOf<Kind extends MarketEventKind> = Extract<MarketEvent, { kind: Kind }>;
