import type { Decimal } from '../../core/decimal.ts';
import type { BrokerSymbol, InstrumentType, IsoDate, OptionSide, StreamerSymbol } from './symbol.ts';

/** One band of a tick table: `step` applies to prices below `below`; the open-ended band has none. */
export type TickBand = { readonly below?: Decimal; readonly step: Decimal };

/** What an option is, besides an instrument. `strike` is unscaled, in the underlying's price. */
export type OptionTerms = {
  readonly underlying: BrokerSymbol;
  readonly root: string;
  readonly side: OptionSide;
  readonly strike: Decimal;
  readonly expiration: IsoDate;
};

/** Something that can be quoted and, unless it is an index, traded. */
export type Instrument = {
  readonly symbol: BrokerSymbol;
  readonly type: InstrumentType;
  /** Absent where the feed does not carry it. */
  readonly streamerSymbol?: StreamerSymbol;
  /** The equity, future or currency pair that margin and history are kept under. */
  readonly underlying: BrokerSymbol;
  readonly description?: string;
  /** Money per point per unit: 1 for shares, 100 for most options, 50 for /ES. */
  readonly multiplier: Decimal;
  /** In ascending order; empty when the broker told none, and then nothing may be priced for it. */
  readonly ticks: readonly TickBand[];
  /** Ticks of a multi-leg order in this underlying's options, where they differ. */
  readonly spreadTicks?: readonly TickBand[];
  readonly option?: OptionTerms;
  readonly isClosingOnly: boolean;
};

/** How a caller names an instrument: an option needs all four, anything else only `symbol`. */
export type InstrumentSpec = {
  readonly symbol: string;
  readonly optionSide?: OptionSide;
  readonly strike?: Decimal;
  readonly expiration?: IsoDate;
};
