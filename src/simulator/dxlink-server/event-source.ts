import type { EpochMs } from '../../core/clock.ts';
import { subtract, toNumber, type Decimal } from '../../core/decimal.ts';
import { parseCivilDay } from '../engine/calendar/civil-day.ts';
import { RISK_FREE_RATE } from '../engine/margin/rates.ts';
import type { Contract, Market } from '../engine/market.ts';
import type { EventType, EventValues } from './event-types.ts';

export type LastValueType = Exclude<EventType, 'Candle'>;

/** The newest event of each type, told from the market. Asked many times for one instant, it computes once. */
export type EventSource = {
  /** Undefined when the feed has nothing: an unknown symbol, a dead contract, greeks of a stock. */
  read(type: LastValueType, symbol: string, now: EpochMs): EventValues | undefined;
};

type View = { readonly market: Market; readonly contract: Contract; readonly symbol: string; readonly now: EpochMs };

const number = (value: Decimal | undefined): number => (value === undefined ? Number.NaN : toNumber(value));
const second = (at: EpochMs): number => Math.floor(at / 1000) * 1000;

export function createEventSource(market: Market): EventSource {
  let instant: EpochMs | undefined;
  const known = new Map<string, EventValues | undefined>();

  return {
    read(type, symbol, now) {
      if (now !== instant) known.clear();
      instant = now;
      const key = `${type} ${symbol}`;
      if (!known.has(key)) known.set(key, compute(type, symbol, now));
      return known.get(key);
    },
  };

  function compute(type: LastValueType, symbol: string, now: EpochMs): EventValues | undefined {
    const contract = market.findByStreamerSymbol(symbol, now);
    if (contract === undefined || contract.isDead) return undefined;
    const values = EVENTS[type]({ market, contract, symbol, now });
    return values && { eventType: type, eventSymbol: symbol, eventTime: 0, ...values };
  }
}

const EVENTS: Record<LastValueType, (view: View) => EventValues | undefined> = {
  Quote: quoteEvent,
  Trade: (view) => tradeEvent(view, false),
  TradeETH: (view) => tradeEvent(view, true),
  Summary: summaryEvent,
  Profile: profileEvent,
  Greeks: greeksEvent,
  TheoPrice: theoPriceEvent,
  Underlying: underlyingEvent,
  TimeAndSale: timeAndSaleEvent,
};

function quoteEvent({ market, contract, now }: View): EventValues {
  const quote = market.quote(contract, now);
  return {
    sequence: 0,
    timeNanoPart: 0,
    bidTime: second(now),
    bidExchangeCode: 'Q',
    bidPrice: number(quote.bid),
    bidSize: number(quote.bid === undefined ? undefined : quote.bidSize),
    askTime: second(now),
    askExchangeCode: 'Q',
    askPrice: number(quote.ask),
    askSize: number(quote.ask === undefined ? undefined : quote.askSize),
  };
}

function tradeEvent({ market, contract, now }: View, extended: boolean): EventValues {
  const { last } = market.quote(contract, now);
  const day = market.day(contract, now);
  const change = last === undefined ? Number.NaN : toNumber(subtract(last, day.prevClose));
  return {
    time: second(now),
    timeNanoPart: 0,
    sequence: 0,
    exchangeCode: 'Q',
    price: number(last),
    change,
    // Volume of options and other thin instruments is often told as NaN by the real feed.
    size: contract.option === undefined ? 100 : Number.NaN,
    dayId: parseCivilDay(day.date),
    dayVolume: day.volume > 0 ? day.volume : Number.NaN,
    dayTurnover: day.volume > 0 && last !== undefined ? day.volume * toNumber(last) : Number.NaN,
    tickDirection: change < 0 ? 'ZERO_DOWN' : 'ZERO_UP',
    extendedTradingHours: extended,
  };
}

function summaryEvent({ market, contract, now }: View): EventValues {
  const day = market.day(contract, now);
  return {
    dayId: parseCivilDay(day.date),
    dayOpenPrice: number(day.open),
    dayHighPrice: number(day.high),
    dayLowPrice: number(day.low),
    dayClosePrice: Number.NaN,
    dayClosePriceType: 'REGULAR',
    prevDayId: parseCivilDay(day.prevDate),
    prevDayClosePrice: number(day.prevClose),
    prevDayClosePriceType: 'FINAL',
    prevDayVolume: Number.NaN,
    openInterest: day.openInterest,
  };
}

function profileEvent({ contract }: View): EventValues {
  const { description, fundamentals } = contract.listing;
  return {
    description,
    shortSaleRestriction: 'INACTIVE',
    tradingStatus: 'ACTIVE',
    statusReason: '',
    haltStartTime: 0,
    haltEndTime: 0,
    highLimitPrice: Number.NaN,
    lowLimitPrice: Number.NaN,
    high52WeekPrice: Number.NaN,
    low52WeekPrice: Number.NaN,
    beta: fundamentals.beta,
    earningsPerShare: fundamentals.earningsPerShare ?? Number.NaN,
    dividendFrequency: fundamentals.dividendYield > 0 ? 4 : Number.NaN,
    exDividendAmount: Number.NaN,
    exDividendDayId: 0,
    shares: fundamentals.sharesOutstanding ?? Number.NaN,
    freeFloat: Number.NaN,
  };
}

function greeksEvent({ market, contract, now }: View): EventValues | undefined {
  const greeks = market.greeks(contract, now);
  return greeks && { ...indexed(now), ...greeks };
}

/** dxFeed's index packs the second into its upper half. */
const indexed = (now: EpochMs): EventValues => ({
  eventFlags: 0,
  index: Math.floor(now / 1000) * 2 ** 32,
  time: second(now),
  sequence: 0,
});

function theoPriceEvent({ market, contract, now }: View): EventValues | undefined {
  const greeks = market.greeks(contract, now);
  const underlying = market.find(contract.underlying, now);
  if (greeks === undefined || underlying === undefined) return undefined;
  return {
    ...indexed(now),
    price: greeks.price,
    underlyingPrice: toNumber(market.quote(underlying, now).mark),
    delta: greeks.delta,
    gamma: greeks.gamma,
    dividend: contract.listing.fundamentals.dividendYield,
    interest: toNumber(RISK_FREE_RATE),
  };
}

function underlyingEvent({ market, contract, now }: View): EventValues | undefined {
  if (contract.option !== undefined || !contract.listing.hasOptions) return undefined;
  const volatility = (days: number): number => market.volatility(contract.symbol, days, now);
  return {
    ...indexed(now),
    volatility: volatility(30),
    frontVolatility: volatility(7),
    backVolatility: volatility(60),
    callVolume: Number.NaN,
    putVolume: Number.NaN,
    putCallRatio: Number.NaN,
  };
}

function timeAndSaleEvent({ market, contract, now }: View): EventValues | undefined {
  const { bid, ask, last } = market.quote(contract, now);
  if (last === undefined) return undefined;
  return {
    ...indexed(now),
    timeNanoPart: 0,
    exchangeCode: 'Q',
    price: toNumber(last),
    size: 100,
    bidPrice: number(bid),
    askPrice: number(ask),
    exchangeSaleConditions: '',
    tradeThroughExempt: '',
    aggressorSide: 'UNDEFINED',
    spreadLeg: false,
    extendedTradingHours: false,
    validTick: true,
    type: 'NEW',
    buyer: '',
    seller: '',
  };
}
