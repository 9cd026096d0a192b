import { readPages } from './paging.ts';
import { accountRoute } from './route.ts';
import type { Session } from './session.ts';
import { pageEnvelope } from './wire/envelope.ts';
import { wireOrder } from './wire/order.ts';
import { wireTransaction } from './wire/transaction.ts';
import type { HistoryOperations, HistoryQuery } from '../broker.ts';

const TRANSACTIONS_PER_PAGE = 250;
const ORDERS_PER_PAGE = 200;

const transactionPage = pageEnvelope(wireTransaction);
const orderPage = pageEnvelope(wireOrder);

function filters(query: HistoryQuery) {
  return {
    'start-date': query.startDate,
    'end-date': query.endDate,
    'underlying-symbol': query.underlying,
    sort: 'Desc',
  };
}

export function createHistoryOperations(session: Session): HistoryOperations {
  return {
    transactions: async (account, query, options) =>
      readPages({
        perPage: TRANSACTIONS_PER_PAGE,
        limit: query.limit,
        offset: query.offset ?? 0,
        idOf: (row) => row.id,
        fetchPage: (page, perPage) =>
          session.read(
            {
              path: `${accountRoute(account)}/transactions`,
              query: { ...filters(query), type: query.type, 'per-page': perPage, 'page-offset': page },
              endpoint: 'other',
            },
            transactionPage,
            options,
          ),
      }),

    orders: async (account, query, options) =>
      readPages({
        perPage: ORDERS_PER_PAGE,
        limit: query.limit,
        offset: query.offset ?? 0,
        idOf: (row) => row.id,
        fetchPage: (page, perPage) =>
          session.read(
            {
              path: `${accountRoute(account)}/orders`,
              query: { ...filters(query), 'per-page': perPage, 'page-offset': page },
              endpoint: 'order-reads',
            },
            orderPage,
            options,
          ),
      }),
  };
}
