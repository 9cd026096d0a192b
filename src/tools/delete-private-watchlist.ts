import { z } from 'zod';
import { defineTool } from './define-tool.ts';
import { environmentField, environmentOf } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';
import { watchlistNameField } from './support/watchlist-fields.ts';

export const deletePrivateWatchlist = defineTool({
  name: 'delete_private_watchlist',
  title: 'Delete a private watchlist',
  description: 'Deletes a whole private watchlist. It cannot be brought back.',
  scope: 'trade',
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({ name: watchlistNameField }),
  output: z.object({ environment: environmentField, name: z.string(), deleted: z.literal(true) }),
  async handle({ name }, context) {
    await context.broker.watchlists.remove(name, { signal: context.signal });
    const data = { ...environmentOf(context), name, deleted: true as const };
    return { data, text: `${heading(`Watchlist "${name}"`, data)}\nDeleted.` };
  },
});
