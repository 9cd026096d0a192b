import type { Brand } from '../../core/brand.ts';

/** The broker's name of any instrument: `SPY`, `BRK/B`, `SPY   261218C00600000`, `/ESZ6`, `BTC/USD`. */
export type BrokerSymbol = Brand<string, 'BrokerSymbol'>;
/** The feed's name of an instrument: `.SPY261218C600`, `/ESZ26:XCME`. Taken from the broker, never built. */
export type StreamerSymbol = Brand<string, 'StreamerSymbol'>;
/** A brokerage account number, as the broker writes it. */
export type AccountNumber = Brand<string, 'AccountNumber'>;

export const INSTRUMENT_TYPES = [
  'Equity',
  'Index',
  'Equity Option',
  'Future',
  'Future Option',
  'Cryptocurrency',
  'Warrant',
] as const;
export type InstrumentType = (typeof INSTRUMENT_TYPES)[number];

export type OptionSide = 'C' | 'P';
/** A calendar day in New York, `YYYY-MM-DD`. */
export type IsoDate = Brand<string, 'IsoDate'>;

export const brokerSymbol = (text: string): BrokerSymbol => text as BrokerSymbol;
export const streamerSymbol = (text: string): StreamerSymbol => text as StreamerSymbol;
export const accountNumber = (text: string): AccountNumber => text as AccountNumber;
export const isoDate = (text: string): IsoDate => text as IsoDate;
