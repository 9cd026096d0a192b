import type { DeskAnswer, DeskRefusal, WireObject } from '../desk.ts';
import { isFields, readBody, validationRefusal } from '../orders/body-reader.ts';
import { FIRST_LISTS, PAIRS_LISTS, PUBLIC_LISTS } from './given-lists.ts';

export type Watchlists = {
  of(customer: string): readonly WireObject[];
  put(customer: string, body: unknown, options: { create: boolean; name?: string }): DeskAnswer;
  remove(customer: string, name: string): DeskAnswer;
  listPublic(): readonly WireObject[];
  listPairs(): readonly WireObject[];
  /** Only what was changed: by customer, then by name. */
  snapshot(): WireObject;
  restore(snapshot: unknown): void;
};

type Lists = Map<string, WireObject>;

const noSuchList = (): DeskRefusal => ({
  kind: 'refused',
  status: 404,
  error: { code: 'record_not_found', message: "Couldn't find Watchlist" },
});
const nameTaken = (): DeskRefusal => ({
  kind: 'refused',
  status: 422,
  error: { code: 'watchlist_exists', message: 'A watchlist of this name exists already.' },
});

const firstLists = (): Lists => new Map(FIRST_LISTS.map((list) => [String(list['name']), list]));

function readList(body: unknown): { kind: 'ok'; list: WireObject; name: string } | DeskRefusal {
  const reader = readBody(body);
  for (const key of ['name', 'watchlist-entries']) reader.require(key);
  const name = reader.text('name') ?? '';
  if (reader.has('name') && name.trim() === '') reader.faults.push({ domain: 'name', reason: 'is empty' });
  const entries = (reader.objects('watchlist-entries') ?? []).map((entry) => {
    entry.require('symbol');
    const type = entry.text('instrument-type');
    return { symbol: entry.text('symbol'), ...(type === undefined ? {} : { 'instrument-type': type }) };
  });
  const group = reader.text('group-name');
  const index = reader.amount('order-index');
  if (reader.faults.length > 0) return validationRefusal(reader.faults);
  const list = {
    name,
    'watchlist-entries': entries,
    'group-name': group ?? 'default',
    'order-index': Number(index ?? 9999),
  };
  return { kind: 'ok', name, list };
}

/** The raw record in snake case that a deletion answers with, alone among the broker's routes. */
const deletedRecord = (list: WireObject): WireObject => ({
  id: 1,
  name: list['name'],
  user_id: 1,
  watchlist_entries: list['watchlist-entries'],
  cms_id: null,
  group_name: list['group-name'],
  order_index: list['order-index'],
});

export function createWatchlists(): Watchlists {
  const changed = new Map<string, Lists>();
  const listsOf = (customer: string): Lists => changed.get(customer) ?? firstLists();

  function change(customer: string, make: (lists: Lists) => void): void {
    const lists = listsOf(customer);
    make(lists);
    changed.set(customer, lists);
  }

  return {
    of: (customer) => [...listsOf(customer).values()],
    put(customer, body, { create, name }) {
      const read = readList(body);
      if (read.kind === 'refused') return read;
      const replaced = name ?? read.name;
      if (create && listsOf(customer).has(read.name)) return nameTaken();
      if (!create && !listsOf(customer).has(replaced)) return noSuchList();
      if (!create && read.name !== replaced && listsOf(customer).has(read.name)) return nameTaken();
      change(customer, (lists) => {
        if (!create) lists.delete(replaced);
        lists.set(read.name, read.list);
      });
      return { kind: 'ok', data: read.list };
    },
    remove(customer, name) {
      const list = listsOf(customer).get(name);
      if (list === undefined) return noSuchList();
      change(customer, (lists) => lists.delete(name));
      return { kind: 'ok', data: deletedRecord(list) };
    },
    listPublic: () => PUBLIC_LISTS,
    listPairs: () => PAIRS_LISTS,
    snapshot: () => Object.fromEntries([...changed].map(([customer, lists]) => [customer, [...lists.values()]])),
    restore(snapshot) {
      changed.clear();
      if (!isFields(snapshot)) return;
      for (const [customer, lists] of Object.entries(snapshot)) {
        const kept = Array.isArray(lists) ? lists.filter(isFields) : [];
        changed.set(customer, new Map(kept.map((list) => [String(list['name']), list])));
      }
    },
  };
}
