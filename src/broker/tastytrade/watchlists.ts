import { route } from './route.ts';
import type { Session } from './session.ts';
import { envelope, listEnvelope } from './wire/envelope.ts';
import { wireWatchlist } from './wire/watchlist.ts';
import type { CallOptions, WatchlistOperations } from '../broker.ts';
import type { Watchlist } from '../model/reference.ts';
import { hasCode } from '../../core/errors.ts';

const oneList = envelope(wireWatchlist);
const manyLists = listEnvelope(wireWatchlist);

function watchlistBody(list: Watchlist) {
  return {
    name: list.name,
    'watchlist-entries': list.entries.map((entry) => ({
      symbol: entry.symbol,
      ...(entry.instrumentType === undefined ? {} : { 'instrument-type': entry.instrumentType }),
    })),
    ...(list.groupName === undefined ? {} : { 'group-name': list.groupName }),
    ...(list.orderIndex === undefined ? {} : { 'order-index': list.orderIndex }),
  };
}

export function createWatchlistOperations(session: Session): WatchlistOperations {
  const listed = (path: string, options: CallOptions) => session.read({ path, endpoint: 'other' }, manyLists, options);

  /** Only a 404 means that there is no such list: any other failure taken for that could overwrite one. */
  async function found(path: string, options: CallOptions): Promise<Watchlist | undefined> {
    try {
      return await session.read({ path, endpoint: 'other' }, oneList, options);
    } catch (error) {
      if (hasCode(error, 'not_found')) return undefined;
      throw error;
    }
  }

  return {
    listPrivate: (options) => listed('/watchlists', options),
    listPublic: (options) => listed('/public-watchlists', options),
    getPrivate: async (name, options) => found(route`/watchlists/${name}`, options),
    getPublic: async (name, options) => found(route`/public-watchlists/${name}`, options),
    create: (list, options) =>
      session.change({ method: 'POST', path: '/watchlists', body: watchlistBody(list), endpoint: 'other' }, options),
    replace: async (list, options) =>
      session.change(
        { method: 'PUT', path: route`/watchlists/${list.name}`, body: watchlistBody(list), endpoint: 'other' },
        options,
      ),
    remove: async (name, options) =>
      session.change({ method: 'DELETE', path: route`/watchlists/${name}`, endpoint: 'other' }, options),
  };
}
