import { z } from 'zod';
import type { WatchlistEntry } from '../../broker/model/reference.ts';
import { brokerSymbol } from '../../broker/model/symbol.ts';
import { listOf, plainText, symbolField } from './input-fields.ts';

const ENTRY_TYPES = ['Equity', 'Equity Option', 'Future', 'Future Option', 'Cryptocurrency', 'Warrant'] as const;

export const watchlistNameField = plainText(80)
  .min(1)
  .meta({ examples: ['main'] });

const entryInput = z
  .strictObject({ symbol: symbolField, instrument_type: z.enum(ENTRY_TYPES) })
  .meta({ examples: [{ symbol: 'SPY', instrument_type: 'Equity' }] });

export const entriesField = listOf(entryInput, { most: 500 });

export function toEntry({ symbol, instrument_type }: z.output<typeof entryInput>): WatchlistEntry {
  return { symbol: brokerSymbol(symbol), instrumentType: instrument_type };
}

/** Two entries are the same when symbol and type are; an entry without a type is any type. */
export const isSameEntry = (a: WatchlistEntry, b: WatchlistEntry): boolean =>
  a.symbol === b.symbol &&
  (a.instrumentType === undefined || b.instrumentType === undefined || a.instrumentType === b.instrumentType);
