import type { MissingReason, Reading, Resolution } from '../../broker/broker.ts';
import type { InstrumentSpec } from '../../broker/model/instrument.ts';
import type { MarketEventKind } from '../../broker/model/quote.ts';
import type { StreamerSymbol } from '../../broker/model/symbol.ts';
import { abortable } from '../../core/abortable.ts';
import type { Clock } from '../../core/clock.ts';
import { GatewayError, tellError } from '../../core/errors.ts';
import { joinSignals } from '../../core/join-signals.ts';
import type { TenantContext } from '../../tenancy/tenant-context.ts';
import type { ItemError } from './output-fields.ts';
import { toItemError } from './output-fields.ts';

/** One deadline over all the steps of a call. */
export type TimeBudget = { leftMs(): number };

export function startBudget(clock: Clock, seconds: number): TimeBudget {
  const end = clock.monotonicMs() + seconds * 1000;
  return { leftMs: () => Math.max(0, end - clock.monotonicMs()) };
}

/** One resolution per spec, in order; when the time runs out first, every one is missing for that reason. */
export async function resolveWithin(
  specs: readonly InstrumentSpec[],
  context: TenantContext,
  budget: TimeBudget,
): Promise<readonly Resolution[]> {
  const late = new AbortController();
  const tooLate = new GatewayError('deadline_exceeded', 'The broker did not name the instrument in the time given.');
  const timer = context.clock.after(budget.leftMs(), () => late.abort(tooLate));
  const { signal, release } = joinSignals(context.signal, late.signal);
  try {
    return await abortable(context.broker.instruments.resolve(specs, { signal }), signal);
  } catch (thrown) {
    if (!late.signal.aborted || context.signal.aborted) throw thrown;
    return specs.map((spec) => ({ kind: 'missing', spec, error: tellError(tooLate) }));
  } finally {
    timer.cancel();
    release();
  }
}

/** Readings of one kind by symbol, within what is left of the time. A symbol without a name in the feed is not asked for. */
export async function readBySymbol<Kind extends MarketEventKind>(
  kind: Kind,
  symbols: readonly (StreamerSymbol | undefined)[],
  { context, timeoutMs }: { readonly context: TenantContext; readonly timeoutMs: number },
): Promise<ReadonlyMap<StreamerSymbol, Reading<Kind>>> {
  const known = [...new Set(symbols)].filter((symbol) => symbol !== undefined);
  if (known.length === 0) return new Map();
  const wanted = known.map((symbol) => ({ symbol, kind }));
  const readings = await context.broker.marketData.read(wanted, { signal: context.signal, timeoutMs });
  return new Map(readings.map((reading) => [reading.symbol, reading]));
}

const REASONS: Readonly<Record<MissingReason, string>> = {
  'no-data-before-deadline': 'The feed sent nothing for it in the time given; it may not trade now.',
  'subscription-refused': 'The feed does not carry it.',
  'feed-unavailable': 'The market data feed cannot be reached now.',
  'too-many-symbols': 'Too many symbols are subscribed at once; ask for fewer.',
};

export function unread(reason: MissingReason): NonNullable<ItemError> {
  return { ...toItemError(tellError(new GatewayError('quote_unavailable', REASONS[reason]))), details: { reason } };
}

export const unnamed = (): NonNullable<ItemError> =>
  toItemError(tellError(new GatewayError('quote_unavailable', 'The broker names no market data feed for it.')));
