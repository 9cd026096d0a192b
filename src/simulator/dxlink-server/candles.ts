import { epochMs, type EpochMs } from '../../core/clock.ts';
import { toNumber } from '../../core/decimal.ts';
import type { Contract, Market, MarketBar } from '../engine/market.ts';
import type { EventValues } from './event-types.ts';

const SNAPSHOT_BEGIN = 4;
const SNAPSHOT_END = 8;
const SNAPSHOT_SNIP = 16;
const REMOVE_EVENT = 2;

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
/** 1970-01-05, the first Monday: weeks are counted from it. */
const FIRST_MONDAY = 4 * DAY_MS;
const MAX_PERIODS = 5_000;
const SYMBOL = /^(?<base>[^{]+)\{=(?<count>\d{0,4})(?<unit>[a-z]+)(?:,[^}]*)?\}$/u;

export type Candles = {
  /**
   * The past from `fromTime` on, newest first: the first row begins the snapshot, a removed row ends it. Periods without
   * a trade are missing; a past of more than 5,000 periods is snipped. Empty but for its end when the feed has nothing.
   */
  snapshot(symbol: string, fromTime: number, now: EpochMs): readonly EventValues[];
  /** The candle that is being drawn. */
  current(symbol: string, now: EpochMs): EventValues | undefined;
};

type Series = { readonly contract: Contract; readonly widthMs: number };

export function createCandles(market: Market): Candles {
  function series(symbol: string, now: EpochMs): Series | undefined {
    const { base, count, unit } = SYMBOL.exec(symbol)?.groups ?? {};
    const unitMs = UNITS[unit ?? ''];
    const contract = base === undefined ? undefined : market.findByStreamerSymbol(base, now);
    if (contract === undefined || unitMs === undefined || contract.isDead) return undefined;
    return { contract, widthMs: unitMs * (Number(count) || 1) };
  }

  const rowAt = (symbol: string, { contract, widthMs }: Series, at: { from: number; now: EpochMs }) => {
    const span = { from: epochMs(at.from), to: epochMs(at.from + widthMs), asOf: at.now };
    const bar = market.bar(contract, span);
    return bar && row(symbol, at.from, bar);
  };

  return {
    snapshot(symbol, fromTime, now) {
      const drawn = series(symbol, now);
      if (drawn === undefined) return flagged([endRow(symbol, 0)], false);
      const newest = periodStart(now, drawn.widthMs);
      const periods = fromTime > newest ? 0 : Math.floor((newest - Math.max(fromTime, 0)) / drawn.widthMs) + 1;
      const told = Math.min(periods, MAX_PERIODS);
      const rows = Array.from({ length: told }, (_, ago) =>
        rowAt(symbol, drawn, { from: newest - ago * drawn.widthMs, now }),
      );
      const end = endRow(symbol, newest - told * drawn.widthMs);
      return flagged([...rows.filter((values) => values !== undefined), end], periods > MAX_PERIODS);
    },
    current(symbol, now) {
      const drawn = series(symbol, now);
      return drawn && rowAt(symbol, drawn, { from: periodStart(now, drawn.widthMs), now });
    },
  };
}

const periodStart = (now: EpochMs, widthMs: number): number => {
  const origin = widthMs % (7 * DAY_MS) === 0 ? FIRST_MONDAY : 0;
  return Math.floor((now - origin) / widthMs) * widthMs + origin;
};

function flagged(rows: readonly EventValues[], isSnipped: boolean): readonly EventValues[] {
  const last = rows.length - 1;
  const ending = REMOVE_EVENT + (isSnipped ? SNAPSHOT_SNIP : SNAPSHOT_END);
  return rows.map((values, index) => ({
    ...values,
    eventFlags: (index === 0 ? SNAPSHOT_BEGIN : 0) + (index === last ? ending : 0),
  }));
}

const row = (symbol: string, time: number, bar: MarketBar): EventValues => ({
  ...empty(symbol, time),
  open: toNumber(bar.open),
  high: toNumber(bar.high),
  low: toNumber(bar.low),
  close: toNumber(bar.close),
  VWAP: toNumber(bar.close),
  volume: bar.volume,
});

const endRow = (symbol: string, time: number): EventValues => ({
  ...empty(symbol, time),
  open: Number.NaN,
  high: Number.NaN,
  low: Number.NaN,
  close: Number.NaN,
  VWAP: Number.NaN,
  volume: Number.NaN,
});

const empty = (symbol: string, time: number): EventValues => ({
  eventType: 'Candle',
  eventSymbol: symbol,
  eventTime: 0,
  eventFlags: 0,
  index: Math.floor(time / SECOND_MS) * 2 ** 32,
  time,
  sequence: 0,
  count: 0,
  bidVolume: Number.NaN,
  askVolume: Number.NaN,
  impVolatility: Number.NaN,
  openInterest: Number.NaN,
});
