import { z } from 'zod';
import type { Balances } from '../broker/model/account.ts';
import { isZero } from '../core/decimal.ts';
import { defineTool } from './define-tool.ts';
import { accountNumberField } from './support/input-fields.ts';
import { amount, environmentField, environmentOf, isoOf, maybeText, present } from './support/output-fields.ts';
import { heading, textTable } from './support/text-table.ts';

/** What a person looks for first; the rest follows in the broker's order. */
const FIRST = [
  'net-liquidating-value',
  'cash-balance',
  'equity-buying-power',
  'derivative-buying-power',
  'day-trading-buying-power',
  'maintenance-requirement',
  'pending-cash',
];

export const getBalances = defineTool({
  name: 'get_balances',
  title: 'Account balances',
  description:
    'Money of one account: net liquidating value, cash, buying power, margin. Credits are positive, debits negative. Amounts that are zero are left out.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  input: z.strictObject({
    account_number: accountNumberField,
    include_zero: z.boolean().default(false),
  }),
  output: z.object({
    environment: environmentField,
    account_number: z.string(),
    currency: z.string(),
    balances: z.record(z.string(), amount).describe("By the broker's own names."),
    snapshot_date: maybeText,
    updated_at: maybeText,
  }),
  async handle({ account_number, include_zero }, context) {
    const account = await context.chooseAccount(account_number);
    const balances = await context.broker.accounts.balances(account.number, { signal: context.signal });
    const rows = inReadingOrder(balances).filter(([, value]) => include_zero || !isZero(value));
    const data = present({
      ...environmentOf(context),
      account_number: account.number,
      currency: balances.currency,
      balances: Object.fromEntries(rows),
      snapshot_date: balances.snapshotDate,
      updated_at: isoOf(balances.updatedAt),
    });
    const title = heading('Balances', { environment: data.environment, account: account.number });
    const table = textTable(rows, { balance: ([name]) => name, [balances.currency]: ([, value]) => value });
    return { data, text: rows.length === 0 ? `${title}\nEvery balance is zero.` : `${title}\n${table}` };
  },
});

function inReadingOrder({ amounts }: Balances) {
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(amounts).toSorted(([a], [b]) => rank(a) - rank(b));
}
