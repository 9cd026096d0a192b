import { formatCivilDay } from '../calendar/civil-day.ts';
import type { CivilDay } from '../calendar/civil-day.ts';
import type { OptionSeries } from './option-series.ts';

export type OptionName = { readonly symbol: string; readonly streamerSymbol: string };

type Side = 'C' | 'P';

const OCC_ROOT_WIDTH = 6;
const OCC_STRIKE_WIDTH = 8;
const OCC_STRIKE_SCALE = 1000;
const CONTRACT_CODE_WIDTH = 5;

/** `SPY   261218C00600000` and `.SPY261218C600`. */
export function equityOptionName(series: OptionSeries, side: Side, strike: number): OptionName {
  const day = compactDate(series.day);
  const scaled = Math.round(strike * OCC_STRIKE_SCALE)
    .toString()
    .padStart(OCC_STRIKE_WIDTH, '0');
  return {
    symbol: `${series.root.padEnd(OCC_ROOT_WIDTH)}${day}${side}${scaled}`,
    streamerSymbol: `.${series.root}${day}${side}${strike}`,
  };
}

/** `./ESU6 E1AN6 260706C6260` and `./E1AN26C6260:XCME`; a shorter contract code is filled up to five places. */
export function futureOptionName(
  series: OptionSeries,
  side: Side,
  strikeAt: { readonly strike: number; readonly exchange: string },
): OptionName {
  const { strike, exchange } = strikeAt;
  return {
    symbol: `.${series.underlying} ${series.contractCode.padEnd(CONTRACT_CODE_WIDTH)} ${compactDate(series.day)}${side}${strike}`,
    streamerSymbol: `./${twoDigitYear(series)}${side}${strike}:${exchange}`,
  };
}

/** `E1AN26` for `E1AN6`. The code tells the decade's year nearest to the expiry. */
function twoDigitYear({ contractCode, day }: OptionSeries): string {
  const expiryYear = Number(formatCivilDay(day).slice(0, 4));
  const digit = Number(contractCode.slice(-1));
  const ahead = (digit - (expiryYear % 10) + 10) % 10;
  return `${contractCode.slice(0, -1)}${(expiryYear + ahead) % 100}`;
}

/** `261218`. */
function compactDate(day: CivilDay): string {
  return formatCivilDay(day).replaceAll('-', '').slice(2);
}

/** What an option's symbol says of itself; whether it is listed is another matter. */
export type ParsedOption = {
  readonly code: string;
  readonly date: string;
  readonly strike: number;
  readonly side: Side;
};

const OCC = /^(?=.{21}$)([A-Z]{1,6}) *(\d{6})([CP])(\d{8})$/u;
const EQUITY_STREAMER = /^\.([A-Z]{1,6})(\d{6})([CP])(\d+(?:\.\d+)?)$/u;
const FUTURE_OPTION = /^\.\/[A-Z]{2}[F-Z]\d ([A-Z\d]{4,5}) {1,2}(\d{6})([CP])(\d+(?:\.\d+)?)$/u;
const FUTURE_OPTION_STREAMER = /^\.\/([A-Z\d]{2,3}[F-Z])\d(\d)([CP])(\d+(?:\.\d+)?):[A-Z]{4}$/u;

export function parseEquityOption(symbol: string): ParsedOption | undefined {
  const occ = parsed(OCC.exec(symbol));
  return occ === undefined ? parsed(EQUITY_STREAMER.exec(symbol)) : { ...occ, strike: occ.strike / OCC_STRIKE_SCALE };
}

export function parseFutureOption(symbol: string): ParsedOption | undefined {
  return parsed(FUTURE_OPTION.exec(symbol));
}

/** A streamer symbol of a future option does not tell its date: the contract code names one expiration. */
export function parseFutureOptionStreamer(symbol: string): Omit<ParsedOption, 'date'> | undefined {
  const match = FUTURE_OPTION_STREAMER.exec(symbol);
  if (match === null) return undefined;
  const [, root = '', year = '', side = '', strike = ''] = match;
  return { code: `${root}${year}`, side: sideOf(side), strike: Number(strike) };
}

function parsed(match: RegExpExecArray | null): ParsedOption | undefined {
  if (match === null) return undefined;
  const [, code = '', date = '', side = '', strike = ''] = match;
  return {
    code,
    date: `20${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}`,
    side: sideOf(side),
    strike: Number(strike),
  };
}

function sideOf(letter: string): Side {
  return letter === 'C' ? 'C' : 'P';
}
