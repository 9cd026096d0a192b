import { z } from 'zod';
import type { Transaction } from '../broker/model/account.ts';
import { toIso } from '../core/clock.ts';
import { quoted } from '../core/quoted.ts';
import { defineTool } from './define-tool.ts';
import { historyPage, historyInput } from './support/history-page.ts';
import { orNull, symbolField } from './support/input-fields.ts';
import { environmentField, environmentOf, pageFields, present } from './support/output-fields.ts';
import { pageText } from './support/page.ts';
import { heading, textTable } from './support/text-table.ts';

export const getTransactionHistory = defineTool({
  name: 'get_transaction_history',
  title: 'Transactions',
  description:
    "Trades, deposits, dividends, assignments and fees of one account, newest first. Values are signed: money in is positive. Descriptions are the broker's words.",
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    ...historyInput({ days: 90 }),
    underlying_symbol: orNull(symbolField),
    transaction_type: orNull(z.enum(['Trade', 'Money Movement', 'Receive Deliver'])),
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    start_date: z.string(),
    transactions: z.array(
      z
        .looseObject({ id: z.string(), executed_at: z.string(), type: z.string() })
        .describe(
          'As far as the broker tells: sub_type, description, symbol, underlying_symbol, instrument_type, action, quantity, price, value, fees, net_value, order_id.',
        ),
    ),
    ...pageFields,
  }),
  async handle({ account_number, days, underlying_symbol, transaction_type, ...page }, context) {
    const account = await context.chooseAccount(account_number);
    const { query, toPage } = historyPage({ days, ...page, underlying: underlying_symbol }, context.clock);
    const type = transaction_type ? { type: transaction_type } : {};
    const listing = await context.broker.history.transactions(
      account.number,
      { ...query, ...type },
      { signal: context.signal },
    );
    const transactions = listing.rows.map(toRow);
    const data = {
      ...environmentOf(context),
      account_number: account.number,
      start_date: query.startDate,
      transactions,
      ...toPage(listing),
    };
    const title = heading(`Transactions since ${query.startDate}`, {
      ...environmentOf(context),
      account: account.number,
    });
    const table = textTable(transactions, {
      'when (UTC)': (row) => row.executed_at.slice(0, 16).replace('T', ' '),
      type: (row) => row.sub_type ?? row.type,
      symbol: (row) => row.symbol,
      quantity: (row) => row.quantity,
      price: (row) => row.price,
      net: (row) => row.net_value ?? row.value,
      fees: (row) => row.fees,
    });
    const body = transactions.length === 0 ? 'No transactions.' : table;
    return { data, text: `${title}${pageText(transactions.length, { ...data, ...page })}\n${body}` };
  },
});

function toRow(transaction: Transaction) {
  const { description } = transaction;
  return present({
    id: transaction.id,
    executed_at: toIso(transaction.executedAt),
    type: transaction.type,
    sub_type: transaction.subType,
    description: description === undefined ? undefined : quoted(description, 120),
    symbol: transaction.symbol,
    underlying_symbol: transaction.underlying,
    instrument_type: transaction.instrumentType,
    action: transaction.action,
    quantity: transaction.quantity,
    price: transaction.price,
    value: transaction.value,
    fees: transaction.fees,
    net_value: transaction.netValue,
    order_id: transaction.orderId,
  });
}
