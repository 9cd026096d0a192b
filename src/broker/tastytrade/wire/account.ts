import * as z from 'zod';
import { maybeFlag, maybeText, text } from './primitives.ts';
import { present } from './present.ts';
import type { Account } from '../../model/account.ts';
import { accountNumber } from '../../model/symbol.ts';

const MARGIN_OR_CASH = ['Margin', 'Cash'] as const;

const account = z.object({
  'account-number': text,
  nickname: maybeText,
  'account-type-name': maybeText,
  'margin-or-cash': maybeText,
  'is-closed': maybeFlag,
  'is-futures-approved': maybeFlag,
});

/** One row of the caller's accounts: the account, and what this login may do with it. */
export const wireAccount = z.object({ account, 'authority-level': text }).transform((wire): Account => ({
  ...present({ nickname: wire.account.nickname, type: wire.account['account-type-name'] }),
  number: accountNumber(wire.account['account-number']),
  marginOrCash: MARGIN_OR_CASH.find((word) => word === wire.account['margin-or-cash']) ?? 'Unknown',
  isClosed: wire.account['is-closed'],
  isFuturesApproved: wire.account['is-futures-approved'],
  authority: wire['authority-level'],
}));
