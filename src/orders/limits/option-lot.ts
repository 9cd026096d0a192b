import type { Instrument } from '../../broker/model/instrument.ts';
import type { OptionSide } from '../../broker/model/symbol.ts';
import type { Decimal } from '../../core/decimal.ts';

/** Some contracts of one option series, as far as it matters for what covers what. */
export type OptionLot = {
  readonly symbol: string;
  readonly type: string;
  readonly underlying: string;
  /** The root, or the contract code of a future option: series that end on one day may still end at another hour. */
  readonly series: string;
  readonly side: OptionSide;
  /** A day, `2026-12-18`. */
  readonly expiration: string;
  readonly quantity: Decimal;
  /** How much of the underlying one contract stands for; absent where the broker does not say. */
  readonly multiplier?: Decimal;
};

/** `underlying` is in the symbol of a future option only. */
export type OptionName = Pick<OptionLot, 'series' | 'side' | 'expiration'> & { readonly underlying?: string };

const EQUITY_OPTION = /^([A-Z0-9/]{1,6}) *(\d{6})([CP])\d{8}$/u;
const FUTURE_OPTION = /^\.(\/[A-Z0-9]{2,7}) +([A-Z0-9]{2,7}) +(\d{6})([CP])\d{1,6}(?:\.\d{1,6})?$/u;

/** What an option's symbol says of it, in the broker's form: `SPY   261218C00600000`, `./ESU6 E1AN6 260706C6260`. */
export function readOptionSymbol(symbol: string): OptionName | undefined {
  const text = symbol.trim();
  const [, underlying, ...ofFuture] = FUTURE_OPTION.exec(text) ?? [];
  const [series, day, side] = underlying === undefined ? (EQUITY_OPTION.exec(text) ?? []).slice(1) : ofFuture;
  if (series === undefined || day === undefined || side === undefined) return undefined;
  const expiration = `20${day.slice(0, 2)}-${day.slice(2, 4)}-${day.slice(4, 6)}`;
  return { series, side: side === 'C' ? 'C' : 'P', expiration, ...(underlying === undefined ? {} : { underlying }) };
}

/** `undefined` when the instrument does not say what option it is. */
export function lotOf(instrument: Instrument, quantity: Decimal): OptionLot | undefined {
  const { symbol, type, underlying, option, multiplier } = instrument;
  if (option === undefined) return undefined;
  const { side, expiration } = option;
  const series = readOptionSymbol(symbol)?.series ?? option.root;
  return { symbol, type, underlying, series, side, expiration, quantity, multiplier };
}

/** `AAPL1`, `2SPX`: a root with a digit delivers something else than the underlying's usual options. */
export const isAdjusted = ({ type, series }: OptionLot): boolean => type === 'Equity Option' && /\d/u.test(series);

/**
 * Whether a long contract bounds the loss of a short one for as long as that lives. The strike does not matter: any
 * distance is a bounded loss. Another series of the same day may end some hours earlier, and does not count.
 */
export function covers(long: OptionLot, short: OptionLot): boolean {
  const isSameKind = long.type === short.type && long.underlying === short.underlying && long.side === short.side;
  if (!isSameKind) return false;
  const isSameSeries = long.series === short.series;
  if ((isAdjusted(long) || isAdjusted(short)) && !isSameSeries) return false;
  return long.expiration > short.expiration || (long.expiration === short.expiration && isSameSeries);
}
