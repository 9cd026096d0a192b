import type { EpochMs } from '../../core/clock.ts';
import { isZero, parseDecimal } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { EventOf, Greeks, MarketEvent, MarketEventKind, Quote, Summary, Trade } from '../model/quote.ts';
import { streamerSymbol } from '../model/symbol.ts';
import type { StreamerSymbol } from '../model/symbol.ts';

/** Gives the wire value of one field of one event, by the feed's name for it. */
export type FieldReader = (field: string) => unknown;

type Head = { readonly symbol: StreamerSymbol; readonly asOf: EpochMs };
type NameOnWire<Kind extends MarketEventKind> = Readonly<
  Record<Exclude<keyof EventOf<Kind>, 'kind' | 'symbol' | 'asOf'>, string>
>;

const BID = { bid: 'bidPrice', bidSize: 'bidSize' } as const;
const ASK = { ask: 'askPrice', askSize: 'askSize' } as const;
const TRADE = { price: 'price', change: 'change', dayVolume: 'dayVolume' } as const;
const GREEKS = {
  price: 'price',
  volatility: 'volatility',
  delta: 'delta',
  gamma: 'gamma',
  theta: 'theta',
  rho: 'rho',
  vega: 'vega',
} as const;
const SUMMARY = {
  dayOpen: 'dayOpenPrice',
  dayHigh: 'dayHighPrice',
  dayLow: 'dayLowPrice',
  prevDayClose: 'prevDayClosePrice',
  openInterest: 'openInterest',
} as const;

const NAMES = { Quote: { ...BID, ...ASK }, Trade: TRADE, Greeks: GREEKS, Summary: SUMMARY } satisfies {
  readonly [Kind in MarketEventKind]: NameOnWire<Kind>;
};

const SYMBOL_FIELD = 'eventSymbol';

const fieldsOf = (kind: MarketEventKind): readonly string[] => [SYMBOL_FIELD, ...Object.values(NAMES[kind])];

/** What the server is asked to send of each kind, and nothing more. */
export const ACCEPTED_FIELDS: Readonly<Record<MarketEventKind, readonly string[]>> = {
  Quote: fieldsOf('Quote'),
  Trade: fieldsOf('Trade'),
  Greeks: fieldsOf('Greeks'),
  Summary: fieldsOf('Summary'),
};

/** Everything of an event that may hold a number, by the model's own names. */
export const NUMBER_FIELDS: Readonly<Record<MarketEventKind, readonly string[]>> = {
  Quote: Object.keys(NAMES.Quote),
  Trade: Object.keys(NAMES.Trade),
  Greeks: Object.keys(NAMES.Greeks),
  Summary: Object.keys(NAMES.Summary),
};

export function isMarketEventKind(type: string): type is MarketEventKind {
  return Object.hasOwn(NAMES, type);
}

/** The event that these fields make; `undefined` when they do not even name a symbol. */
export function toMarketEvent(kind: MarketEventKind, field: FieldReader, asOf: EpochMs): MarketEvent | undefined {
  const symbol = field(SYMBOL_FIELD);
  if (typeof symbol !== 'string' || symbol === '') return undefined;
  return BUILDERS[kind]({ symbol: streamerSymbol(symbol), asOf }, field);
}

const BUILDERS: { readonly [Kind in MarketEventKind]: (head: Head, field: FieldReader) => EventOf<Kind> } = {
  Quote: (head, field) => ({ kind: 'Quote', ...head, ...bidSide(field), ...askSide(field) }),
  Trade: (head, field): Trade => ({ kind: 'Trade', ...head, ...known(TRADE, field) }),
  Greeks: (head, field): Greeks => ({ kind: 'Greeks', ...head, ...known(GREEKS, field) }),
  Summary: (head, field): Summary => ({ kind: 'Summary', ...head, ...known(SUMMARY, field) }),
};

/**
 * The fields that hold a number. The feed writes "NaN" and "Infinity" where it knows none. A JSON number keeps its
 * digits: the feed prints doubles in their shortest form, which is what a double turns back into.
 */
function known<Name extends string>(
  names: Readonly<Record<Name, string>>,
  field: FieldReader,
): { readonly [Each in Name]?: Decimal } {
  const values: { [Each in Name]?: Decimal } = {};
  for (const name in names) {
    const value = parseDecimal(field(names[name]));
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function bidSide(field: FieldReader): Pick<Quote, 'bid' | 'bidSize'> {
  const side = known(BID, field);
  return isEmptySide(side.bid, side.bidSize) ? {} : side;
}

function askSide(field: FieldReader): Pick<Quote, 'ask' | 'askSize'> {
  const side = known(ASK, field);
  return isEmptySide(side.ask, side.askSize) ? {} : side;
}

/** A price of zero with nobody behind it is how the feed writes an empty side of the book. */
function isEmptySide(price: Decimal | undefined, size: Decimal | undefined): boolean {
  return price !== undefined && isZero(price) && (size === undefined || isZero(size));
}
