import { z } from 'zod';
import type { Reading, Resolution } from '../broker/broker.ts';
import type { StreamerSymbol } from '../broker/model/symbol.ts';
import { parseDecimal, roundTo } from '../core/decimal.ts';
import { GatewayError, tellError } from '../core/errors.ts';
import { defineTool } from './define-tool.ts';
import { listOf, timeoutField } from './support/input-fields.ts';
import { instrumentInput, nameOf, toSpec } from './support/instrument-input.ts';
import { readBySymbol, resolveWithin, startBudget, unnamed, unread } from './support/market-items.ts';
import {
  count,
  environmentField,
  environmentOf,
  itemError,
  maybeAmount,
  present,
  toItemError,
} from './support/output-fields.ts';
import { ageText, heading, textTable } from './support/text-table.ts';

const greeksRow = z.object({
  symbol: z.string(),
  price: maybeAmount.describe('Model price.'),
  implied_volatility: maybeAmount,
  delta: maybeAmount,
  gamma: maybeAmount,
  theta: maybeAmount,
  vega: maybeAmount,
  rho: maybeAmount,
  age_ms: count.optional(),
  error: itemError,
});

export const getGreeks = defineTool({
  name: 'get_greeks',
  title: 'Option greeks',
  description:
    'Greeks and implied volatility (a fraction: 0.26 is 26 %) of options, per share, theta per day, one result per option in the order asked, or the reason why it is missing. For a whole expiration get_option_chain is shorter.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({ options: listOf(instrumentInput, { most: 100 }), timeout: timeoutField }),
  output: z.object({ environment: environmentField, greeks: z.array(greeksRow) }),
  async handle({ options, timeout }, context) {
    const budget = startBudget(context.clock, timeout);
    const resolutions = await resolveWithin(options.map(toSpec), context, budget);
    const readings = await readBySymbol('Greeks', resolutions.map(optionSymbol), {
      context,
      timeoutMs: budget.leftMs(),
    });
    const greeks = resolutions.map((resolution) => toRow(resolution, readings));
    const table = textTable(greeks, {
      symbol: (row) => row.symbol,
      iv: (row) => shortened(row.implied_volatility),
      delta: (row) => shortened(row.delta),
      gamma: (row) => shortened(row.gamma),
      theta: (row) => shortened(row.theta),
      vega: (row) => shortened(row.vega),
      age: (row) => ageText(row.age_ms),
      problem: (row) => row.error?.message,
    });
    return {
      data: { ...environmentOf(context), greeks },
      text: `${heading('Greeks', environmentOf(context))}\n${table}`,
    };
  },
});

function optionSymbol(resolution: Resolution): StreamerSymbol | undefined {
  if (resolution.kind === 'missing' || resolution.instrument.option === undefined) return undefined;
  return resolution.instrument.streamerSymbol;
}

type Greeks = ReadonlyMap<StreamerSymbol, Reading<'Greeks'>>;

function toRow(resolution: Resolution, readings: Greeks): z.input<typeof greeksRow> {
  if (resolution.kind === 'missing') return { symbol: nameOf(resolution.spec), error: toItemError(resolution.error) };
  const { symbol, option, streamerSymbol } = resolution.instrument;
  if (option === undefined) return { symbol, error: toItemError(tellError(notAnOption)) };
  if (streamerSymbol === undefined) return { symbol, error: unnamed() };
  const reading = readings.get(streamerSymbol);
  if (reading?.kind !== 'value') return { symbol, error: unread(reading?.reason ?? 'no-data-before-deadline') };
  const { price, volatility, delta, gamma, theta, vega, rho } = reading.event;
  return present({
    symbol,
    price,
    implied_volatility: volatility,
    delta,
    gamma,
    theta,
    vega,
    rho,
    age_ms: Math.round(reading.ageMs),
  });
}

/** Four places for the eye; the data has them all. */
function shortened(value: string | undefined): string | undefined {
  const parsed = parseDecimal(value);
  return parsed === undefined ? value : roundTo(parsed, 4);
}

const notAnOption = new GatewayError(
  'invalid_input',
  'Only options have greeks: name one by option_type, strike_price and expiration_date, or by its own symbol.',
);
