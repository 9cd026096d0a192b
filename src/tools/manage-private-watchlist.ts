import { z } from 'zod';
import type { Watchlist, WatchlistEntry } from '../broker/model/reference.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { defineTool } from './define-tool.ts';
import { count, environmentField, environmentOf } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';
import { entriesField, isSameEntry, toEntry, watchlistNameField } from './support/watchlist-fields.ts';

const GROUP_OF_NEW_LISTS = 'main';

export const managePrivateWatchlist = defineTool({
  name: 'manage_private_watchlist',
  title: 'Change a private watchlist',
  description:
    'Adds symbols to a private watchlist (made when there is none of this name) or removes them. Symbols already there, or not there, are left as they are and told.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    action: z.enum(['add', 'remove']),
    symbols: entriesField,
    name: watchlistNameField.default('main'),
  }),
  output: z.object({
    environment: environmentField,
    name: z.string(),
    created: z.boolean(),
    changed: z.array(z.string()),
    unchanged: z.array(z.string()),
    symbol_count: count,
  }),
  async handle({ action, symbols, name }, context) {
    const entries = symbols.map(toEntry);
    // Only a list that the broker says is not there is made: any other failure ends the call (it must not overwrite).
    const list = await context.broker.watchlists.getPrivate(name, { signal: context.signal });
    const change = action === 'add' ? added(list, entries) : removed(requireList(list, name), entries);
    await store(list, { ...(list ?? { groupName: GROUP_OF_NEW_LISTS }), name, entries: change.entries }, context);
    const data = {
      ...environmentOf(context),
      name,
      created: list === undefined,
      changed: change.changed.map(({ symbol }) => symbol),
      unchanged: change.unchanged.map(({ symbol }) => symbol),
      symbol_count: change.entries.length,
    };
    const done = `${action === 'add' ? 'Added' : 'Removed'} ${data.changed.join(', ') || 'nothing'}`;
    const left = data.unchanged.length === 0 ? '' : ` Left as it was: ${data.unchanged.join(', ')}.`;
    const title = heading(`Watchlist "${name}"${data.created ? ' (new)' : ''}`, data);
    return { data, text: `${title}\n${done}.${left} Symbols in it: ${data.symbol_count}.` };
  },
});

type Change = {
  readonly entries: readonly WatchlistEntry[];
  readonly changed: readonly WatchlistEntry[];
  readonly unchanged: readonly WatchlistEntry[];
};

function added(list: Watchlist | undefined, asked: readonly WatchlistEntry[]): Change {
  const entries = [...(list?.entries ?? [])];
  const changed: WatchlistEntry[] = [];
  const unchanged: WatchlistEntry[] = [];
  for (const entry of asked) {
    const isThere = entries.some((held) => isSameEntry(held, entry));
    if (!isThere) entries.push(entry);
    (isThere ? unchanged : changed).push(entry);
  }
  return { entries, changed, unchanged };
}

function removed(list: Watchlist, asked: readonly WatchlistEntry[]): Change {
  const isThere = (entry: WatchlistEntry): boolean => list.entries.some((held) => isSameEntry(held, entry));
  return {
    entries: list.entries.filter((held) => !asked.some((entry) => isSameEntry(held, entry))),
    changed: asked.filter(isThere),
    unchanged: asked.filter((entry) => !isThere(entry)),
  };
}

async function store(
  before: Watchlist | undefined,
  after: Watchlist,
  { broker, signal }: TenantContext,
): Promise<void> {
  if (before === undefined) return broker.watchlists.create(after, { signal });
  if (before.entries.length === after.entries.length) return;
  await broker.watchlists.replace(after, { signal });
}

function requireList(list: Watchlist | undefined, name: string): Watchlist {
  if (list !== undefined) return list;
  throw new GatewayError('not_found', 'There is no private watchlist of this name, so nothing was removed.', {
    details: { name },
    advice: 'Call get_watchlists without a name to see which there are.',
  });
}
