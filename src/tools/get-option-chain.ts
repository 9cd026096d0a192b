import { z } from 'zod';
import type { ChainExpiration, OptionChain } from '../broker/model/chain.ts';
import { decimal } from '../core/decimal.ts';
import type { Decimal } from '../core/decimal.ts';
import { GatewayError } from '../core/errors.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { defineTool } from './define-tool.ts';
import { contractRow, contractRows, readGreeks, underlyingPrice, withDeltaBetween } from './support/chain-contracts.ts';
import { chooseExpiration, inChainOrder, optionsOf, strikesByNearness } from './support/chain-selection.ts';
import type { ChainOption } from './support/chain-selection.ts';
import {
  dateField,
  decimalField,
  limitField,
  offsetField,
  orNull,
  symbolField,
  timeoutField,
} from './support/input-fields.ts';
import { startBudget } from './support/market-items.ts';
import type { TimeBudget } from './support/market-items.ts';
import { daysUntil } from './support/ny-days.ts';
import {
  count,
  environmentField,
  environmentOf,
  maybeAmount,
  maybeText,
  pageFields,
  present,
} from './support/output-fields.ts';
import { pageOf, pageText } from './support/page.ts';
import { ageText, heading, textTable } from './support/text-table.ts';

/** Strikes whose deltas are looked at when a delta is asked for, nearest to the money. */
const STRIKES_SEARCHED = 60;
const SEARCH_SHARE = 0.6;

const strike = decimalField({ rule: 'a positive strike', min: decimal('0.0001'), max: decimal(10_000_000) });
const delta = decimalField({ rule: 'a delta without its sign, from 0 to 1', min: decimal(0), max: decimal(1) });

const input = z.strictObject({
  symbol: symbolField.meta({ examples: ['SPY'] }),
  expiration_date: orNull(dateField).describe('Absent: the expirations are listed.'),
  root: symbolField.optional().describe('Where several roots expire on one day (SPX, SPXW).'),
  option_type: orNull(z.enum(['C', 'P'])),
  strikes: limitField(50, 10).describe('How many, nearest to the money.'),
  min_strike: strike.optional(),
  max_strike: strike.optional(),
  min_delta: delta.optional(),
  max_delta: delta.optional(),
  moneyness: z.enum(['all', 'in', 'out']).default('all'),
  limit: limitField(200, 60).describe('Expirations listed.'),
  offset: offsetField,
  timeout: timeoutField,
});

type Input = z.output<typeof input>;

export const getOptionChain = defineTool({
  name: 'get_option_chain',
  title: 'Option chain',
  description:
    'The expirations of an underlying (stock, index, /future); or, with expiration_date, its options around the money with quotes and greeks in one answer, filtered by side, strike, delta or moneyness.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input,
  output: z.object({
    environment: environmentField,
    symbol: z.string(),
    expirations: z
      .array(
        z.object({
          date: z.string(),
          days: count,
          type: z.string(),
          root: z.string(),
          settlement: z.string(),
          strikes: count,
        }),
      )
      .optional(),
    expiration: z.object({ date: z.string(), days: count, root: z.string(), multiplier: z.string() }).optional(),
    underlying_price: maybeAmount,
    options: z.array(contractRow).optional(),
    strikes_left_out: count.optional(),
    note: maybeText,
    ...pageFields,
  }),
  async handle(input, context) {
    const budget = startBudget(context.clock, input.timeout);
    const chain = await context.broker.instruments.chain(input.symbol, { signal: context.signal });
    if (!input.expiration_date) return listExpirations(chain, input, context);
    const expiration = chooseExpiration(chain, input.expiration_date, input.root);
    return showExpiration(expiration, input, { context, budget });
  },
});

function listExpirations(chain: OptionChain, { limit, offset, root }: Input, context: TenantContext) {
  const wanted = chain.expirations.filter((each) => root === undefined || each.root === root);
  const { rows, ...page } = pageOf(wanted, { limit, offset });
  const expirations = rows.map((each) => ({
    date: each.date,
    days: daysUntil(each.date, context.clock.now()),
    type: each.type,
    root: each.root,
    settlement: each.settlement,
    strikes: each.strikes.length,
  }));
  const table = textTable(expirations, {
    expires: (row) => row.date,
    days: (row) => row.days,
    type: (row) => row.type,
    root: (row) => row.root,
    strikes: (row) => row.strikes,
  });
  const title = heading(`${chain.underlying} expirations`, environmentOf(context));
  const text = `${title}${pageText(rows.length, { ...page, offset })}\n${wanted.length === 0 ? 'None.' : table}`;
  return { data: { ...environmentOf(context), symbol: chain.underlying, expirations, ...page }, text };
}

type Within = { readonly context: TenantContext; readonly budget: TimeBudget };

async function showExpiration(expiration: ChainExpiration, input: Input, within: Within) {
  const price = await underlyingPrice(expiration.underlying, within);
  requirePriceOrStrikes(price, input, expiration);
  const chosen = await chooseOptions(expiration, { input, price }, within);
  const options = await contractRows(inChainOrder(chosen.options), chosen.greeks, within);
  const { context } = within;
  const days = daysUntil(expiration.date, context.clock.now());
  const data = present({
    ...environmentOf(context),
    symbol: expiration.underlying,
    expiration: { date: expiration.date, days, root: expiration.root, multiplier: expiration.multiplier },
    underlying_price: price,
    options,
    strikes_left_out: chosen.leftOut,
    note: chosen.note,
  });
  const at = price === undefined ? '' : `, ${expiration.underlying} at ${price}`;
  const title = heading(`${expiration.root} ${expiration.date} (${days} days)${at}`, environmentOf(context));
  const table = textTable(options, {
    strike: (row) => row.strike,
    side: (row) => row.option_type,
    bid: (row) => row.bid,
    ask: (row) => row.ask,
    mid: (row) => row.mid,
    iv: (row) => row.iv,
    delta: (row) => row.delta,
    theta: (row) => row.theta,
    age: (row) => ageText(row.age_ms),
    missing: (row) => row.missing,
  });
  const left =
    chosen.leftOut > 0 ? `\n${chosen.leftOut} strikes left out: ask with strikes, min_strike or max_strike.` : '';
  const note = chosen.note === undefined ? '' : `\n${chosen.note}`;
  return { data, text: `${title}\n${options.length === 0 ? 'No option passes the filters.' : table}${left}${note}` };
}

function requirePriceOrStrikes(price: Decimal | undefined, input: Input, { underlying }: ChainExpiration): void {
  const hasRange = input.min_strike !== undefined && input.max_strike !== undefined;
  if (price !== undefined || (hasRange && input.moneyness === 'all')) return;
  throw new GatewayError('quote_unavailable', `No price of ${underlying} came in time, so the money is not known.`, {
    advice: 'Ask again, or name the strikes with min_strike and max_strike.',
  });
}

type Chosen = {
  readonly options: readonly ChainOption[];
  readonly leftOut: number;
  readonly greeks?: Awaited<ReturnType<typeof readGreeks>>;
  readonly note?: string;
};

async function chooseOptions(
  expiration: ChainExpiration,
  { input, price }: { readonly input: Input; readonly price: Decimal | undefined },
  within: Within,
): Promise<Chosen> {
  const filter = {
    side: input.option_type ?? undefined,
    minStrike: input.min_strike,
    maxStrike: input.max_strike,
    moneyness: input.moneyness,
    price,
  };
  const near = strikesByNearness(expiration, filter);
  const optionsIn = (count: number): ChainOption[] => near.slice(0, count).flatMap((each) => optionsOf(each, filter));
  if (input.min_delta === undefined && input.max_delta === undefined) {
    return { options: optionsIn(input.strikes), leftOut: Math.max(0, near.length - input.strikes) };
  }
  const searched = optionsIn(STRIKES_SEARCHED);
  const greeks = await readGreeks(searched, within, SEARCH_SHARE);
  const bounds = { min: input.min_delta ?? decimal(0), max: input.max_delta ?? decimal(1) };
  const passing = withDeltaBetween(searched, greeks, bounds);
  const unknown = searched.length - withDeltaBetween(searched, greeks, { min: decimal(0), max: decimal(1) }).length;
  const kept = new Set(passing.map((option) => option.strike).filter(isNth(input.strikes)));
  return {
    options: passing.filter((option) => kept.has(option.strike)),
    leftOut: Math.max(0, new Set(passing.map((option) => option.strike)).size - kept.size),
    greeks,
    ...(unknown === 0
      ? {}
      : { note: `${unknown} of ${searched.length} options had no delta in time and were passed over.` }),
  };
}

/** Passes the first `count` distinct values. */
function isNth(count: number): (value: Decimal) => boolean {
  const seen = new Set<Decimal>();
  return (value) => seen.has(value) || (seen.size < count && seen.add(value).has(value));
}
