import { negate, sum } from '../../../core/decimal.ts';
import { decimalText, offsetTime, withEffect } from '../../wire-text.ts';
import type { WireObject } from '../desk.ts';
import { feeTotal } from './post.ts';
import type { Transaction } from './book.ts';

function tradeWire({ trade, fees }: Transaction): WireObject {
  if (trade === undefined || fees === undefined) return {};
  return {
    ...withEffect('regulatory-fees', negate(fees.regulatory)),
    ...withEffect('clearing-fees', negate(fees.clearing)),
    ...withEffect('commission', negate(fees.commission)),
    ...withEffect('proprietary-index-option-fees', negate(fees.proprietary)),
    'ext-exchange-order-number': String(trade.orderId * 7),
    'ext-global-order-number': trade.orderId % 100_000,
    'ext-group-id': '0',
    'ext-group-fill-id': trade.groupId,
    'ext-exec-id': String(Number(trade.groupId) % 10_000_000),
    'exec-id': trade.execId,
    exchange: trade.venue.endsWith('CME') ? 'CME' : 'A',
    'order-id': trade.orderId,
    'exchange-affiliation-identifier': '',
    'leg-count': trade.legCount,
    'destination-venue': trade.venue,
  };
}

function instrumentWire(transaction: Transaction): WireObject {
  if (transaction.symbol === undefined) return {};
  return {
    symbol: transaction.symbol,
    'instrument-type': transaction.instrumentType,
    'underlying-symbol': transaction.underlying,
  };
}

/** Money movements have neither action, quantity, price nor fees. */
export function transactionWire(transaction: Transaction, account: string): WireObject {
  return {
    id: transaction.id,
    'account-number': account,
    ...instrumentWire(transaction),
    'transaction-type': transaction.type,
    'transaction-sub-type': transaction.subType,
    description: transaction.description,
    ...(transaction.action === undefined ? {} : { action: transaction.action }),
    ...(transaction.quantity === undefined ? {} : { quantity: decimalText(transaction.quantity) }),
    ...(transaction.price === undefined ? {} : { price: decimalText(transaction.price) }),
    'executed-at': offsetTime(transaction.at),
    'transaction-date': transaction.date,
    ...withEffect('value', transaction.value),
    ...withEffect('net-value', transaction.netValue),
    'is-estimated-fee': true,
    ...tradeWire(transaction),
    currency: 'USD',
    'created-at': offsetTime(transaction.at),
  };
}

/** Fees of some transactions together, in the two keys of `/transactions/total-fees`. */
export function totalFeesWire(transactions: readonly Transaction[]): WireObject {
  const costs = transactions.flatMap(({ fees }) => (fees === undefined ? [] : [feeTotal(fees)]));
  return withEffect('total-fees', negate(sum(costs)));
}
