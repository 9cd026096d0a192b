import { z } from 'zod';
import { TIME_BACKS } from '../broker/model/account.ts';
import { toIso } from '../core/clock.ts';
import { subtract } from '../core/decimal.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, limitField, offsetField } from './support/input-fields.ts';
import { amount, environmentField, environmentOf, maybeAmount, pageFields } from './support/output-fields.ts';
import { pageText } from './support/page.ts';
import { heading, textTable } from './support/text-table.ts';

export const getNetLiquidatingValueHistory = defineTool({
  name: 'get_net_liquidating_value_history',
  title: 'Net liquidating value over time',
  description:
    "How the account's worth went, oldest point first. Deposits and withdrawals are in it: for performance, net them out with get_transaction_history (transaction_type 'Money Movement').",
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    account_number: accountNumberField,
    time_back: z.enum(TIME_BACKS).default('1y'),
    limit: limitField(1000, 400),
    offset: offsetField.describe('Points to skip from the newest.'),
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    time_back: z.string(),
    change: maybeAmount.describe('Last close less first open of these points.'),
    points: z.array(z.object({ time: z.string(), open: amount, high: amount, low: amount, close: amount })),
    ...pageFields,
  }),
  async handle({ account_number, time_back, limit, offset }, context) {
    const account = await context.chooseAccount(account_number);
    const all = await context.broker.accounts.netLiqHistory(account.number, time_back, { signal: context.signal });
    const end = Math.max(0, all.length - offset);
    const start = Math.max(0, end - limit);
    const points = all.slice(start, end).map(({ at, ...prices }) => ({ time: toIso(at), ...prices }));
    const [first, last] = [points[0], points.at(-1)];
    const data = {
      ...environmentOf(context),
      account_number: account.number,
      time_back,
      ...(first !== undefined && last !== undefined ? { change: subtract(last.close, first.open) } : {}),
      points,
      total: all.length,
      ...(start > 0 ? { next_offset: offset + points.length } : {}),
    };
    const title = heading(`Net liquidating value, ${time_back}`, {
      ...environmentOf(context),
      account: account.number,
    });
    const change = data.change === undefined ? 'No points.' : `Change ${data.change}: ${first?.open} → ${last?.close}`;
    const table = textTable(points.toReversed(), {
      'time (newest first)': (point) => point.time,
      open: (point) => point.open,
      high: (point) => point.high,
      low: (point) => point.low,
      close: (point) => point.close,
    });
    const body = points.length === 0 ? '' : `\n${table}`;
    return { data, text: `${title}${pageText(points.length, { ...data, offset })}\n${change}${body}` };
  },
});
