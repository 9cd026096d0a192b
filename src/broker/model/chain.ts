import type { Decimal } from '../../core/decimal.ts';
import type { TickBand } from './instrument.ts';
import type { BrokerSymbol, InstrumentType, IsoDate, StreamerSymbol } from './symbol.ts';

export type OptionContract = { readonly symbol: BrokerSymbol; readonly streamerSymbol?: StreamerSymbol };

export type ChainStrike = { readonly strike: Decimal; readonly call?: OptionContract; readonly put?: OptionContract };

/** One expiration of one root. Two roots of an underlying (SPX, SPXW) may share a date. */
export type ChainExpiration = {
  readonly date: IsoDate;
  readonly root: string;
  /** `Regular`, `Weekly`, `Quarterly`, `End-Of-Month`, …: the broker's word. */
  readonly type: string;
  readonly settlement: 'AM' | 'PM' | 'Future' | 'Unknown';
  /** The contract that the option delivers: the future for future options, else the chain's underlying. */
  readonly underlying: BrokerSymbol;
  readonly multiplier: Decimal;
  readonly ticks: readonly TickBand[];
  /** In ascending order of strike. */
  readonly strikes: readonly ChainStrike[];
};

/** All options of one underlying: reference data without prices, so tenants may share it. Plain JSON. */
export type OptionChain = {
  readonly underlying: BrokerSymbol;
  readonly optionType: Extract<InstrumentType, 'Equity Option' | 'Future Option'>;
  /** In ascending order of date, then root. */
  readonly expirations: readonly ChainExpiration[];
};
