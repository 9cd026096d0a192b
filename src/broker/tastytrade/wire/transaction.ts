import * as z from 'zod';
import {
  effect,
  id,
  maybeAmount,
  maybeDate,
  maybeId,
  maybeText,
  maybeUnsigned,
  signed,
  text,
  time,
} from './primitives.ts';
import type { Context } from './primitives.ts';
import { present } from './present.ts';
import type { Transaction } from '../../model/account.ts';
import { brokerSymbol } from '../../model/symbol.ts';
import { sum } from '../../../core/decimal.ts';
import type { Decimal } from '../../../core/decimal.ts';
import { quoted } from '../../../core/quoted.ts';

const fields = z.object({
  id,
  'transaction-type': text,
  'transaction-sub-type': maybeText,
  description: maybeText,
  symbol: maybeText,
  'underlying-symbol': maybeText,
  'instrument-type': maybeText,
  action: maybeText,
  quantity: maybeUnsigned,
  price: maybeAmount,
  value: maybeAmount,
  'value-effect': effect,
  'net-value': maybeAmount,
  'net-value-effect': effect,
  commission: maybeAmount,
  'commission-effect': effect,
  'clearing-fees': maybeAmount,
  'clearing-fees-effect': effect,
  'regulatory-fees': maybeAmount,
  'regulatory-fees-effect': effect,
  'proprietary-index-option-fees': maybeAmount,
  'proprietary-index-option-fees-effect': effect,
  'currency-conversion-fees': maybeAmount,
  'currency-conversion-fees-effect': effect,
  'other-charge': maybeAmount,
  'other-charge-effect': effect,
  'executed-at': time,
  'transaction-date': maybeDate,
  'order-id': maybeId,
});

type Fields = z.output<typeof fields>;

const FEES = [
  'commission',
  'clearing-fees',
  'regulatory-fees',
  'proprietary-index-option-fees',
  'currency-conversion-fees',
  'other-charge',
] as const;

/** All fees and commissions that were told, together; absent when none was. */
function feesOf(wire: Fields, ctx: Context): Decimal | undefined {
  const told = FEES.map((fee) => signed(ctx, { field: fee, amount: wire[fee], effect: wire[`${fee}-effect`] }));
  const known = told.filter((fee) => fee !== undefined);
  return known.length === 0 ? undefined : sum(known);
}

const symbolOf = (raw: string | undefined) => (raw === undefined ? undefined : brokerSymbol(raw));

export const wireTransaction = fields.transform((wire, ctx): Transaction => {
  const description = wire.description;
  return {
    ...present({
      subType: wire['transaction-sub-type'],
      description: description === undefined ? undefined : quoted(description),
      symbol: symbolOf(wire.symbol),
      underlying: symbolOf(wire['underlying-symbol']),
      instrumentType: wire['instrument-type'],
      action: wire.action,
      quantity: wire.quantity,
      price: wire.price,
      value: signed(ctx, { field: 'value', amount: wire.value, effect: wire['value-effect'] }),
      netValue: signed(ctx, { field: 'net-value', amount: wire['net-value'], effect: wire['net-value-effect'] }),
      fees: feesOf(wire, ctx),
      date: wire['transaction-date'],
      orderId: wire['order-id'],
    }),
    id: wire.id,
    type: wire['transaction-type'],
    executedAt: wire['executed-at'],
  };
});
