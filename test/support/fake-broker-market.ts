import type { ChainExpiration, OptionChain } from '../../src/broker/model/chain.ts';
import type { Instrument, TickBand } from '../../src/broker/model/instrument.ts';
import type { InstrumentType, OptionSide } from '../../src/broker/model/symbol.ts';
import { brokerSymbol, isoDate, streamerSymbol } from '../../src/broker/model/symbol.ts';
import { decimal } from '../../src/core/decimal.ts';

export const PENNY: readonly TickBand[] = [{ step: decimal('0.01') }];
/** Five cents below three dollars, ten above: an option outside the penny programme. */
export const NICKEL_DIME: readonly TickBand[] = [
  { below: decimal(3), step: decimal('0.05') },
  { step: decimal('0.10') },
];

export function instrument(type: InstrumentType, symbol: string, changes: Partial<Instrument> = {}): Instrument {
  return {
    symbol: brokerSymbol(symbol),
    type,
    streamerSymbol: streamerSymbol(symbol),
    underlying: brokerSymbol(symbol),
    multiplier: decimal(1),
    ticks: PENNY,
    isClosingOnly: false,
    ...changes,
  };
}

type OptionFacts = { root: string; date: string; side: OptionSide; strike: number; changes?: Partial<Instrument> };

const occ = ({ root, date, side, strike }: OptionFacts): string =>
  `${root.padEnd(6)}${date.slice(2).replaceAll('-', '')}${side}${String(strike * 1000).padStart(8, '0')}`;

export const optionStreamer = ({ root, date, side, strike }: OptionFacts): string =>
  `.${root}${date.slice(2).replaceAll('-', '')}${side}${strike}`;

export function option(facts: OptionFacts): Instrument {
  const { root, date, side, strike, changes = {} } = facts;
  return instrument('Equity Option', occ(facts), {
    streamerSymbol: streamerSymbol(optionStreamer(facts)),
    underlying: brokerSymbol(root),
    multiplier: decimal(100),
    option: { underlying: brokerSymbol(root), root, side, strike: decimal(strike), expiration: isoDate(date) },
    ...changes,
  });
}

export function expiration(root: string, date: string, strikes: readonly number[]): ChainExpiration {
  return {
    date: isoDate(date),
    root,
    type: 'Weekly',
    settlement: 'PM',
    underlying: brokerSymbol(root),
    multiplier: decimal(100),
    ticks: PENNY,
    strikes: strikes.map((strike) => ({
      strike: decimal(strike),
      call: contract({ root, date, side: 'C', strike }),
      put: contract({ root, date, side: 'P', strike }),
    })),
  };
}

const contract = (facts: OptionFacts) => ({
  symbol: brokerSymbol(occ(facts)),
  streamerSymbol: streamerSymbol(optionStreamer(facts)),
});

export const chainOf = (underlying: string, expirations: readonly ChainExpiration[]): OptionChain => ({
  underlying: brokerSymbol(underlying),
  optionType: 'Equity Option',
  expirations,
});

export const range = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);
