import * as z from 'zod';
import { effect, maybeDate, maybeTime, signed, text } from './primitives.ts';
import type { Context } from './primitives.ts';
import { present } from './present.ts';
import type { Balances } from '../../model/account.ts';
import { accountNumber } from '../../model/symbol.ts';
import { parseDecimal } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';

const NOT_AMOUNTS = /^(?:account-number|currency|time-of-day|.*-(?:effect|date|at|id))$/u;
const AMOUNT_SUFFIX = '-amount';
/** `EOD`, `standard`: words, which a later version may add. `NaN` is no word but an amount gone wrong. */
const WORD = /^(?!-?(?:nan|inf))\D*$/iu;

type Fields = Readonly<Record<string, unknown>>;

/** The `-effect` beside an amount: `pending-cash-effect`, and for `…-cash-amount` it is `…-cash-effect`. */
function effectKeyOf(fields: Fields, key: string): string | undefined {
  const stem = key.endsWith(AMOUNT_SUFFIX) ? key.slice(0, -AMOUNT_SUFFIX.length) : key;
  return [`${key}-effect`, `${stem}-effect`].find((candidate) => candidate in fields);
}

function amountOf(fields: Fields, key: string, ctx: Context): Decimal | undefined {
  const value = parseDecimal(fields[key]);
  const effectKey = effectKeyOf(fields, key);
  if (value === undefined || effectKey === undefined) return value;
  const way = effect.safeParse(fields[effectKey]);
  if (way.success) return signed(ctx, { field: effectKey.replace(/-effect$/u, ''), amount: value, effect: way.data });
  ctx.addIssue({ code: 'custom', message: 'not an effect', path: [effectKey] });
  return z.NEVER;
}

/** Whatever has digits in it is money, and money that cannot be read is never left out in silence. */
function amountsOf(fields: Fields, ctx: Context): Readonly<Record<string, Decimal>> {
  const keys = Object.keys(fields).filter((key) => {
    const value = fields[key];
    return !NOT_AMOUNTS.test(key) && (typeof value === 'number' || (typeof value === 'string' && !WORD.test(value)));
  });
  const entries = keys.flatMap((key): [string, Decimal][] => {
    const value = amountOf(fields, key, ctx);
    if (value === undefined) ctx.addIssue({ code: 'custom', message: 'not a decimal number', path: [key] });
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

/** One account's money in one currency. Sent alone or as the items of a list, depending on route and version. */
const wireBalance = z
  .looseObject({
    'account-number': text,
    currency: z.string().nullish(),
    'snapshot-date': maybeDate,
    'updated-at': maybeTime,
  })
  .transform((wire, ctx): Balances => {
    const { 'snapshot-date': snapshotDate, 'updated-at': updatedAt, ...rest } = wire;
    return {
      ...present({ snapshotDate, updatedAt }),
      account: accountNumber(wire['account-number']),
      // Answers of 2023 name no currency: there was only one.
      currency: wire.currency ?? 'USD',
      amounts: amountsOf(rest, ctx),
    };
  });

/** Either shape, as a list. */
export const wireBalances = z.union([
  z.object({ items: z.array(wireBalance) }).transform((data) => data.items),
  wireBalance.transform((balance) => [balance]),
]);
