import type { TransactionSearch } from '../engine/desk.ts';
import { notFound } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { date, span } from './dates.ts';
import { page } from './page.ts';
import { isAscending, text, values } from './query.ts';
import { get, one, param, type Call, type Route } from './route.ts';

/** What happened to the money of one account. */
export function transactionRoutes(world: World): readonly Route[] {
  const { desk } = world;
  return [
    get('/accounts/:account/transactions', (call) => {
      const found = desk.transactions(param(call, 'account'), search(call));
      return page(call, found, { perPage: 250, maxPerPage: 2000 });
    }),
    get('/accounts/:account/transactions/total-fees', (call) => {
      return one(call, desk.totalFees(param(call, 'account'), date(call.query, 'date')));
    }),
    get('/accounts/:account/transactions/:id', (call) => {
      const id = Number(param(call, 'id'));
      const found = desk.transactions(param(call, 'account'), {}).find((transaction) => transaction['id'] === id);
      if (found === undefined) throw notFound(`transaction ${param(call, 'id')}`);
      return one(call, found);
    }),
  ];
}

function search(call: Call): TransactionSearch {
  const single = text(call.query, 'type');
  const types = [...(single === undefined ? [] : [single]), ...values(call.query, 'types')];
  const subTypes = values(call.query, 'sub-type');
  const exact = (key: string, name: keyof TransactionSearch): Partial<TransactionSearch> => {
    const value = text(call.query, key);
    return value === undefined ? {} : { [name]: value };
  };
  return {
    ...span(call),
    ...(types.length === 0 ? {} : { types }),
    ...(subTypes.length === 0 ? {} : { subTypes }),
    ...exact('symbol', 'symbol'),
    ...exact('underlying-symbol', 'underlying'),
    ...exact('instrument-type', 'instrumentType'),
    ...exact('action', 'action'),
    ascending: isAscending(call.query),
  };
}
