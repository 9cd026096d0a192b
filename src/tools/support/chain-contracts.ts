import { z } from 'zod';
import type { Reading } from '../../broker/broker.ts';
import type { Greeks } from '../../broker/model/quote.ts';
import type { BrokerSymbol, StreamerSymbol } from '../../broker/model/symbol.ts';
import { absolute, compare, roundTo } from '../../core/decimal.ts';
import type { Decimal } from '../../core/decimal.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { ChainOption } from './chain-selection.ts';
import type { TimeBudget } from './market-items.ts';
import { readBySymbol, resolveWithin } from './market-items.ts';
import { amount, count, maybeAmount, maybeText, present } from './output-fields.ts';
import { midOf, quoteValues } from './quote-row.ts';

const GREEK_PLACES = 4;

export const contractRow = z.object({
  symbol: z.string(),
  option_type: z.enum(['C', 'P']),
  strike: amount,
  bid: maybeAmount,
  ask: maybeAmount,
  mid: maybeAmount,
  iv: maybeAmount,
  delta: maybeAmount,
  gamma: maybeAmount,
  theta: maybeAmount,
  vega: maybeAmount,
  age_ms: count.optional(),
  missing: maybeText.describe('Why the quote or the greeks are not there.'),
});

export type ContractRow = z.input<typeof contractRow>;
type GreeksBySymbol = ReadonlyMap<StreamerSymbol, Reading<'Greeks'>>;
type Within = { readonly context: TenantContext; readonly budget: TimeBudget };

/** What the underlying trades at: the mid of its quote, else its last sale; at most half of the time is spent on it. */
export async function underlyingPrice(symbol: BrokerSymbol, { context, budget }: Within): Promise<Decimal | undefined> {
  const [resolution] = await resolveWithin([{ symbol }], context, budget);
  if (resolution?.kind !== 'found' || resolution.instrument.streamerSymbol === undefined) return undefined;
  const { streamerSymbol, type } = resolution.instrument;
  const reach = { context, timeoutMs: budget.leftMs() / 2 };
  if (type !== 'Index') {
    const quote = (await readBySymbol('Quote', [streamerSymbol], reach)).get(streamerSymbol);
    const mid = quote?.kind === 'value' ? midOf(quote.event) : undefined;
    if (mid !== undefined) return mid;
  }
  const trade = (await readBySymbol('Trade', [streamerSymbol], reach)).get(streamerSymbol);
  return trade?.kind === 'value' ? trade.event.price : undefined;
}

/** `share` of the time left is spent on it at most. */
export function readGreeks(
  options: readonly ChainOption[],
  { context, budget }: Within,
  share = 1,
): Promise<GreeksBySymbol> {
  return readBySymbol('Greeks', symbolsOf(options), { context, timeoutMs: budget.leftMs() * share });
}

/** Options whose delta is known and, without its sign, within the bounds. */
export function withDeltaBetween(
  options: readonly ChainOption[],
  greeks: GreeksBySymbol,
  { min, max }: { readonly min: Decimal; readonly max: Decimal },
): ChainOption[] {
  return options.filter((option) => {
    const delta = greeksOf(option, greeks)?.delta;
    return delta !== undefined && compare(absolute(delta), min) >= 0 && compare(absolute(delta), max) <= 0;
  });
}

/** The options with quote and greeks, read at once where the greeks are not at hand already. */
export async function contractRows(
  options: readonly ChainOption[],
  known: GreeksBySymbol | undefined,
  within: Within,
): Promise<ContractRow[]> {
  const timeoutMs = within.budget.leftMs();
  const [quotes, greeks] = await Promise.all([
    readBySymbol('Quote', symbolsOf(options), { context: within.context, timeoutMs }),
    known ?? readGreeks(options, within),
  ]);
  return options.map((option) => {
    const symbol = option.contract.streamerSymbol;
    const quote = symbol === undefined ? undefined : quotes.get(symbol);
    const values = quoteValues(quote);
    const model = greeksOf(option, greeks);
    return present({
      symbol: option.contract.symbol,
      option_type: option.side,
      strike: option.strike,
      bid: values?.bid,
      ask: values?.ask,
      mid: values?.mid,
      iv: rounded(model?.volatility),
      delta: rounded(model?.delta),
      gamma: rounded(model?.gamma),
      theta: rounded(model?.theta),
      vega: rounded(model?.vega),
      age_ms: values?.age_ms,
      missing: missingText(symbol, quote, symbol === undefined ? undefined : greeks.get(symbol)),
    });
  });
}

const symbolsOf = (options: readonly ChainOption[]) => options.map(({ contract }) => contract.streamerSymbol);
const rounded = (value: Decimal | undefined) => (value === undefined ? undefined : roundTo(value, GREEK_PLACES));

function greeksOf({ contract }: ChainOption, greeks: GreeksBySymbol): Greeks | undefined {
  const reading = contract.streamerSymbol === undefined ? undefined : greeks.get(contract.streamerSymbol);
  return reading?.kind === 'value' ? reading.event : undefined;
}

function missingText(
  symbol: StreamerSymbol | undefined,
  ...readings: readonly (Reading | undefined)[]
): string | undefined {
  if (symbol === undefined) return 'not in the feed';
  const missing = readings.flatMap((reading) =>
    reading?.kind === 'missing' ? [`${reading.wanted.toLowerCase()}: ${reading.reason}`] : [],
  );
  return missing.length === 0 ? undefined : missing.join('; ');
}
