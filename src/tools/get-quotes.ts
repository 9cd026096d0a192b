import { z } from 'zod';
import type { Reading, Resolution } from '../broker/broker.ts';
import type { Instrument } from '../broker/model/instrument.ts';
import type { StreamerSymbol } from '../broker/model/symbol.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { defineTool } from './define-tool.ts';
import { listOf, timeoutField } from './support/input-fields.ts';
import { instrumentInput, nameOf, toSpec } from './support/instrument-input.ts';
import type { TimeBudget } from './support/market-items.ts';
import { readBySymbol, resolveWithin, startBudget, unnamed, unread } from './support/market-items.ts';
import { environmentField, environmentOf, present, toItemError } from './support/output-fields.ts';
import { quoteRow, quoteValues } from './support/quote-row.ts';
import { ageText, heading, textTable } from './support/text-table.ts';

/** A last price is a courtesy where there are bid and ask: it is not waited for as long. */
const LAST_PRICE_MS = 2000;

export const getQuotes = defineTool({
  name: 'get_quotes',
  title: 'Live quotes',
  description:
    'Bid, ask, mid and last of stocks, indices, futures, crypto and options, one result per instrument in the order asked, each with its age or the reason why it is missing. An option needs option_type, strike_price and expiration_date. Indices have only a last price.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({ instruments: listOf(instrumentInput, { most: 100 }), timeout: timeoutField }),
  output: z.object({ environment: environmentField, quotes: z.array(quoteRow) }),
  async handle({ instruments, timeout }, context) {
    const budget = startBudget(context.clock, timeout);
    const resolutions = await resolveWithin(instruments.map(toSpec), context, budget);
    const readings = await readAll(resolutions, context, budget);
    const quotes = resolutions.map((resolution) => toRow(resolution, readings));
    const table = textTable(quotes, {
      symbol: (row) => row.symbol,
      bid: (row) => row.bid,
      ask: (row) => row.ask,
      mid: (row) => row.mid,
      last: (row) => row.last,
      age: (row) => ageText(row.age_ms),
      problem: (row) => row.error?.message,
    });
    return {
      data: { ...environmentOf(context), quotes },
      text: `${heading('Quotes', environmentOf(context))}\n${table}`,
    };
  },
});

type Readings = {
  readonly quotes: ReadonlyMap<StreamerSymbol, Reading<'Quote'>>;
  readonly trades: ReadonlyMap<StreamerSymbol, Reading<'Trade'>>;
};

async function readAll(
  resolutions: readonly Resolution[],
  context: TenantContext,
  budget: TimeBudget,
): Promise<Readings> {
  const found = resolutions.flatMap((resolution) => (resolution.kind === 'found' ? [resolution.instrument] : []));
  const symbolsWhere = (test: (instrument: Instrument) => boolean) =>
    found.filter(test).map((instrument) => instrument.streamerSymbol);
  const timeoutMs = budget.leftMs();
  const [quotes, indexTrades, otherTrades] = await Promise.all([
    readBySymbol(
      'Quote',
      symbolsWhere(({ type }) => type !== 'Index'),
      { context, timeoutMs },
    ),
    readBySymbol(
      'Trade',
      symbolsWhere(({ type }) => type === 'Index'),
      { context, timeoutMs },
    ),
    readBySymbol(
      'Trade',
      symbolsWhere(({ type, option }) => type !== 'Index' && option === undefined),
      {
        context,
        timeoutMs: Math.min(timeoutMs, LAST_PRICE_MS),
      },
    ),
  ]);
  return { quotes, trades: new Map([...indexTrades, ...otherTrades]) };
}

function toRow(resolution: Resolution, { quotes, trades }: Readings): z.input<typeof quoteRow> {
  if (resolution.kind === 'missing') return { symbol: nameOf(resolution.spec), error: toItemError(resolution.error) };
  const { symbol, type, streamerSymbol } = resolution.instrument;
  const named = { symbol, instrument_type: type };
  if (streamerSymbol === undefined) return { ...named, error: unnamed() };
  const [quote, trade] = [quotes.get(streamerSymbol), trades.get(streamerSymbol)];
  const values = quoteValues(quote);
  const last = trade?.kind === 'value' ? trade : undefined;
  if (values !== undefined) return present({ ...named, ...values, last: last?.event.price });
  if (last?.event.price !== undefined) {
    return { ...named, last: last.event.price, age_ms: Math.round(last.ageMs) };
  }
  const missing = [quote, trade].find((reading) => reading?.kind === 'missing');
  return { ...named, error: unread(missing?.kind === 'missing' ? missing.reason : 'no-data-before-deadline') };
}
