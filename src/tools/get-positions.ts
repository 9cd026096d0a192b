import { z } from 'zod';
import type { Position } from '../broker/model/account.ts';
import { multiply, negate, subtract } from '../core/decimal.ts';
import type { Decimal } from '../core/decimal.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField, limitField, offsetField, symbolField } from './support/input-fields.ts';
import {
  amount,
  environmentField,
  environmentOf,
  isoOf,
  maybeAmount,
  maybeText,
  pageFields,
  present,
} from './support/output-fields.ts';
import { pageOf, pageText } from './support/page.ts';
import { heading, textTable } from './support/text-table.ts';

export const getPositions = defineTool({
  name: 'get_positions',
  title: 'Open positions',
  description:
    'What one account holds, with marks and open profit or loss. Quantities are unsigned; direction says Long or Short.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    account_number: accountNumberField,
    underlying_symbol: symbolField.optional(),
    limit: limitField(500, 200),
    offset: offsetField,
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    positions: z.array(
      z.object({
        symbol: z.string(),
        instrument_type: z.string(),
        underlying_symbol: z.string(),
        direction: z.enum(['Long', 'Short', 'Zero']),
        quantity: amount,
        multiplier: maybeAmount,
        average_open_price: maybeAmount,
        close_price: maybeAmount,
        mark_price: maybeAmount,
        mark: maybeAmount.describe('Value of the whole position.'),
        open_profit: maybeAmount.describe('At the mark, before fees.'),
        realized_today: maybeAmount,
        expires_at: maybeText,
        updated_at: maybeText,
      }),
    ),
    ...pageFields,
  }),
  async handle({ account_number, underlying_symbol, limit, offset }, context) {
    const account = await context.chooseAccount(account_number);
    const held = await context.broker.accounts.positions(account.number, { signal: context.signal });
    const wanted = held.filter(({ underlying }) => underlying_symbol === undefined || underlying === underlying_symbol);
    const { rows, ...page } = pageOf(wanted, { limit, offset });
    const positions = rows.map(toRow);
    const data = { ...environmentOf(context), account_number: account.number, positions, ...page };
    const title = heading('Positions', { environment: data.environment, account: account.number });
    const table = textTable(positions, {
      symbol: (row) => row.symbol,
      side: (row) => row.direction,
      quantity: (row) => row.quantity,
      open: (row) => row.average_open_price,
      mark: (row) => row.mark_price,
      value: (row) => row.mark,
      'open P/L': (row) => row.open_profit,
    });
    const body = wanted.length === 0 ? 'No positions.' : table;
    return { data, text: `${title}${pageText(positions.length, { offset, ...page })}\n${body}` };
  },
});

function toRow(position: Position) {
  return present({
    symbol: position.symbol,
    instrument_type: position.type,
    underlying_symbol: position.underlying,
    direction: position.direction,
    quantity: position.quantity,
    multiplier: position.multiplier,
    average_open_price: position.averageOpenPrice,
    close_price: position.closePrice,
    mark_price: position.markPrice,
    mark: position.mark,
    open_profit: openProfit(position),
    realized_today: position.realizedToday,
    expires_at: isoOf(position.expiresAt),
    updated_at: isoOf(position.updatedAt),
  });
}

function openProfit({ markPrice, averageOpenPrice, multiplier, quantity, direction }: Position): Decimal | undefined {
  if (markPrice === undefined || averageOpenPrice === undefined || multiplier === undefined) return undefined;
  const gain = multiply(multiply(subtract(markPrice, averageOpenPrice), quantity), multiplier);
  return direction === 'Short' ? negate(gain) : gain;
}
