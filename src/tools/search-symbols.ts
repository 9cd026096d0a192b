import { z } from 'zod';
import { quoted } from '../core/quoted.ts';
import { defineTool } from './define-tool.ts';
import { limitField, offsetField, plainText } from './support/input-fields.ts';
import { environmentField, environmentOf, maybeText, pageFields, present } from './support/output-fields.ts';
import { pageOf, pageText } from './support/page.ts';
import { heading, said, textTable } from './support/text-table.ts';

export const searchSymbols = defineTool({
  name: 'search_symbols',
  title: 'Find symbols',
  description: 'Symbols that begin with or are described by a phrase, with their descriptions.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    symbol: plainText(60)
      .min(1)
      .describe('The phrase.')
      .meta({ examples: ['AAP'] }),
    limit: limitField(200, 50),
    offset: offsetField,
  }),
  output: z.object({
    environment: environmentField,
    symbols: z.array(
      z.object({
        symbol: z.string(),
        description: z.string(),
        instrument_type: maybeText,
        listed_market: maybeText,
        has_options: z.boolean().optional(),
      }),
    ),
    ...pageFields,
  }),
  async handle({ symbol, limit, offset }, context) {
    const matches = await context.broker.reference.search(symbol, { signal: context.signal });
    const { rows, ...page } = pageOf(matches, { limit, offset });
    const symbols = rows.map((match) =>
      present({
        symbol: match.symbol,
        description: quoted(match.description, 120),
        instrument_type: match.instrumentType,
        listed_market: match.listedMarket,
        has_options: match.hasOptions,
      }),
    );
    const title = heading(`Symbols like "${symbol}"`, environmentOf(context));
    const table = textTable(symbols, {
      symbol: (row) => row.symbol,
      description: (row) => said(row.description),
      type: (row) => row.instrument_type,
    });
    const body = matches.length === 0 ? 'None found.' : table;
    const text = `${title}${pageText(symbols.length, { ...page, offset })}\n${body}`;
    return { data: { ...environmentOf(context), symbols, ...page }, text };
  },
});
