import { z } from 'zod';
import { MARKETS } from '../broker/model/reference.ts';
import type { MarketHolidays, MarketSession } from '../broker/model/reference.ts';
import { epochMs, toIso } from '../core/clock.ts';
import type { EpochMs } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { newYorkIso } from '../core/new-york.ts';
import type { TenantContext } from '../tenancy/tenant-context.ts';
import { defineTool } from './define-tool.ts';
import { listOf } from './support/input-fields.ts';
import { todayInNewYork } from './support/ny-days.ts';
import { environmentField, environmentOf, isoOf, maybeText, present } from './support/output-fields.ts';
import { heading, textTable } from './support/text-table.ts';

const statusRow = z.object({
  exchange: z.enum(MARKETS),
  status: z.string().describe("The broker's word: Open, Closed, Pre-market, Extended."),
  is_open: z.boolean(),
  close_at: maybeText,
  next_open: maybeText,
  time_until_open: maybeText,
  is_holiday: z.boolean().optional(),
  is_half_day: z.boolean().optional(),
});

export const marketStatus = defineTool({
  name: 'market_status',
  title: 'Market hours now',
  description:
    "Whether markets are open now by the broker's own sessions, when they close or open next, and whether today (in New York) is a holiday or half day.",
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({ exchanges: listOf(z.enum(MARKETS), { most: 4 }).default(['Equity']) }),
  output: z.object({ environment: environmentField, markets: z.array(statusRow) }),
  async handle({ exchanges }, context) {
    const wanted = [...new Set(exchanges)];
    const options = { signal: context.signal };
    const [sessions, ...calendars] = await Promise.all([
      context.broker.reference.sessions(wanted, options),
      ...wanted.map((market) => holidaysOf(market, context)),
    ]);
    if (sessions.length === 0) throw new GatewayError('not_found', 'The broker tells no session for these exchanges.');
    const now = context.clock.now();
    const markets = sessions.map((session) => toRow(session, calendars[wanted.indexOf(session.market)], now));
    const table = textTable(markets, {
      market: (row) => row.exchange,
      status: (row) => row.status,
      closes: (row) => eyeTime(row.close_at),
      opens: (row) => eyeTime(row.next_open),
      in: (row) => row.time_until_open,
      note: (row) => [row.is_holiday ? 'holiday' : '', row.is_half_day ? 'half day' : ''].filter(Boolean).join(', '),
    });
    const title = heading(`Markets at ${newYorkIso(now)} (New York)`, environmentOf(context));
    return { data: { ...environmentOf(context), markets }, text: `${title}\n${table}` };
  },
});

/** The calendar is a courtesy: without it the sessions still stand, and nothing is said about holidays. */
async function holidaysOf(
  market: MarketSession['market'],
  context: TenantContext,
): Promise<MarketHolidays | undefined> {
  try {
    return await context.broker.reference.holidays(market, { signal: context.signal });
  } catch (cause) {
    context.signal.throwIfAborted();
    context.log.warn({ cause, market }, 'The holiday calendar could not be read');
    return undefined;
  }
}

function toRow(session: MarketSession, calendar: MarketHolidays | undefined, now: EpochMs): z.input<typeof statusRow> {
  const isOpen = session.state === 'Open';
  const today = todayInNewYork(now);
  const opensAt = nextOpen(session, now);
  return present({
    exchange: session.market,
    status: session.state,
    is_open: isOpen,
    close_at: isOpen ? isoOf(session.closeAt) : undefined,
    next_open: isOpen || opensAt === undefined ? undefined : toIso(opensAt),
    time_until_open: isOpen || opensAt === undefined ? undefined : humanDuration(opensAt - now),
    is_holiday: calendar?.holidays.includes(today),
    is_half_day: calendar?.halfDays.includes(today),
  });
}

/** Before today's opening that, else the next session's. */
function nextOpen({ openAt, next }: MarketSession, now: EpochMs): EpochMs | undefined {
  if (openAt !== undefined && openAt > now) return openAt;
  return next?.openAt !== undefined && next.openAt > now ? next.openAt : undefined;
}

/** `2026-11-23 16:00` in New York. */
function eyeTime(iso: string | undefined): string | undefined {
  return iso === undefined
    ? undefined
    : newYorkIso(epochMs(Date.parse(iso)))
        .slice(0, 16)
        .replace('T', ' ');
}

/** `2 days 3 hours`, `3 hours 5 minutes`, `5 minutes`: the two largest units. */
function humanDuration(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const units = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  const told = units.filter(([count]) => count > 0).slice(0, 2);
  return told.map(([count, unit]) => `${count} ${unit}${count === 1 ? '' : 's'}`).join(' ');
}
