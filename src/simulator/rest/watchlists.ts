import type { WireObject } from '../engine/desk.ts';
import { notFound } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { accepted } from './orders.ts';
import { flag } from './query.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

/** Lists of symbols: the customer's own, and the broker's public and pairs lists. */
export function watchlistRoutes(world: World): readonly Route[] {
  return [...ownLists(world), ...brokerLists(world)];
}

function ownLists(world: World): readonly Route[] {
  const { desk } = world;
  const name = (call: Call): string => param(call, 'name');
  return [
    get('/watchlists', (call) => list(call, desk.watchlists(call.customer.id))),
    get('/watchlists/:name', (call) => one(call, named(desk.watchlists(call.customer.id), name(call)))),
    {
      method: 'POST',
      path: '/watchlists',
      scope: 'read',
      answer: (call) => one(call, accepted(desk.putWatchlist(call.customer.id, call.body, { create: true })), 201),
    },
    {
      method: 'PUT',
      path: '/watchlists/:name',
      scope: 'read',
      answer: (call) =>
        one(call, accepted(desk.putWatchlist(call.customer.id, call.body, { create: false, name: name(call) }))),
    },
    {
      method: 'DELETE',
      path: '/watchlists/:name',
      scope: 'read',
      answer: (call) => ({ status: 200, body: accepted(desk.deleteWatchlist(call.customer.id, name(call))) }),
    },
  ];
}

function brokerLists(world: World): readonly Route[] {
  const { desk } = world;
  return [
    get('/public-watchlists', (call) => {
      const all = desk.publicWatchlists();
      return list(call, flag(call.query, 'counts-only', false) ? all.map(countOf) : all);
    }),
    get('/public-watchlists/:name', (call) => one(call, named(desk.publicWatchlists(), param(call, 'name')))),
    get('/pairs-watchlists', (call) => list(call, desk.pairsWatchlists())),
    get('/pairs-watchlists/:name', (call) => one(call, named(desk.pairsWatchlists(), param(call, 'name')))),
  ];
}

function named(lists: readonly WireObject[], name: string): WireObject {
  const found = lists.find((entry) => entry['name'] === name);
  if (found === undefined) throw notFound(`watchlist ${name}`);
  return found;
}

function countOf(watchlist: WireObject, index: number): WireObject {
  const entries = watchlist['watchlist-entries'];
  return {
    name: watchlist['name'],
    id: index + 1,
    'watchlist-entry-count': Array.isArray(entries) ? entries.length : 0,
  };
}
