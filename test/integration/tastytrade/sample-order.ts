import type { SendOptions } from '../../../src/broker/broker.ts';
import type { OrderRequest } from '../../../src/broker/model/order.ts';
import { accountNumber, brokerSymbol } from '../../../src/broker/model/symbol.ts';
import { decimal } from '../../../src/core/decimal.ts';

export const ACCOUNT = accountNumber('5WT00000');
export const ORDERS = '/accounts/5WT00000/orders';

/** A debit spread: an order that nothing speaks against. */
export const order: OrderRequest = {
  orderType: 'Limit',
  timeInForce: 'Day',
  price: decimal('-1.05'),
  legs: [
    {
      symbol: brokerSymbol('SPY   261218C00600000'),
      type: 'Equity Option',
      action: 'Buy to Open',
      quantity: decimal('10'),
    },
    {
      symbol: brokerSymbol('SPY   261218C00610000'),
      type: 'Equity Option',
      action: 'Sell to Open',
      quantity: decimal('10'),
    },
  ],
  externalId: 'tg-0001',
};

/** An order as the broker writes it. */
export const held = (id: number, more: object = {}) => ({
  id,
  'account-number': '5WT00000',
  status: 'Live',
  'order-type': 'Limit',
  'time-in-force': 'Day',
  price: '1.05',
  'price-effect': 'Debit',
  legs: [],
  'updated-at': 1_748_439_528_049,
  ...more,
});

/** A send that may leave at any time. */
export const sending = (changes: Partial<SendOptions> = {}): SendOptions => ({
  signal: new AbortController().signal,
  begin: async () => Number.POSITIVE_INFINITY,
  ...changes,
});
