import * as z from 'zod';
import { maybeText, text } from './primitives.ts';
import { present } from './present.ts';
import type { Watchlist, WatchlistEntry } from '../../model/reference.ts';
import { brokerSymbol } from '../../model/symbol.ts';

/** Public lists have been seen with an underscore in the key. */
const wireEntry = z
  .object({ symbol: text, 'instrument-type': maybeText, instrument_type: maybeText })
  .transform((wire): WatchlistEntry => ({
    ...present({ instrumentType: wire['instrument-type'] ?? wire.instrument_type }),
    symbol: brokerSymbol(wire.symbol),
  }));

/**
 * A watchlist. The entries must be there, if only as null: a list is changed by writing all of it back, so that one
 * read as empty by mistake would be emptied.
 */
export const wireWatchlist = z
  .object({
    name: text,
    'watchlist-entries': z.array(wireEntry).nullable(),
    'group-name': maybeText,
    'order-index': z.number().nullish(),
  })
  .transform((wire): Watchlist => ({
    ...present({ groupName: wire['group-name'], orderIndex: wire['order-index'] }),
    name: wire.name,
    entries: wire['watchlist-entries'] ?? [],
  }));
