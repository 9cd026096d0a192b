import type { DeskAnswer, OrderSearch, WireObject } from '../engine/desk.ts';
import { deskRefusal, notFound, notPermitted, validationError, WireRefusal } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { countSubmission } from './count-submission.ts';
import { span } from './dates.ts';
import { page } from './page.ts';
import { isAscending, text, values } from './query.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

/** What an order call without `Accept-Version` gets. */
const DEFAULT_VERSION = 20250813;
const ACCOUNT_LIVE_PAGINATES = 20250813;
/** From this version on a search says where it starts, and the customer's live orders come in pages. */
const SEARCH_NEEDS_START = 20261012;
const ORDER_PAGES = { perPage: 100, maxPerPage: 200 };

const versionOf = (call: Call): number => call.version ?? DEFAULT_VERSION;
const account = (call: Call): string => param(call, 'account');
/** Never matches when the path holds no number. */
const orderId = (call: Call): number => Number(param(call, 'id'));

/** Reading orders: of one account, and of all accounts of the customer. */
export function orderReadRoutes(world: World): readonly Route[] {
  const { desk } = world;
  return [
    get('/accounts/:account/orders/live', (call) => {
      const live = desk.liveOrders(account(call));
      return versionOf(call) >= ACCOUNT_LIVE_PAGINATES ? page(call, live, ORDER_PAGES) : list(call, live);
    }),
    get('/accounts/:account/orders', (call) => page(call, desk.orders(account(call), search(call)), ORDER_PAGES)),
    get('/accounts/:account/orders/:id', (call) => {
      const found = desk.order(account(call), orderId(call));
      if (found === undefined) throw notFound(`order ${param(call, 'id')}`);
      return one(call, found);
    }),
    get('/customers/:customer/orders/live', (call) => {
      const live = namedAccounts(call).flatMap((number) => desk.liveOrders(number));
      return versionOf(call) >= SEARCH_NEEDS_START ? page(call, live, ORDER_PAGES) : list(call, live);
    }),
    get('/customers/:customer/orders', (call) => {
      const wanted = search(call);
      const found = namedAccounts(call).flatMap((number) => desk.orders(number, wanted));
      return page(call, found, ORDER_PAGES);
    }),
  ];
}

/** Sending, changing and cancelling single orders. All of it needs the `trade` scope, dry runs included. */
export function orderWriteRoutes(world: World): readonly Route[] {
  const { desk } = world;
  const trade = (method: Route['method'], path: string, answer: Route['answer']): Route => ({
    method,
    path: `/accounts/:account${path}`,
    scope: 'trade',
    answer,
  });
  const replace = (call: Call, options: { dryRun: boolean; partial?: boolean }): WireObject => {
    if (!options.dryRun) countSubmission(world, call.body);
    return accepted(desk.replace(account(call), orderId(call), call.body, options));
  };
  return [
    trade('POST', '/orders/dry-run', (call) =>
      one(call, accepted(desk.submit(account(call), call.body, { dryRun: true })), 201),
    ),
    trade('POST', '/orders', (call) => {
      countSubmission(world, call.body);
      return one(call, accepted(desk.submit(account(call), call.body, { dryRun: false })), 201);
    }),
    trade('POST', '/orders/:id/dry-run', (call) => one(call, replace(call, { dryRun: true }), 201)),
    trade('PUT', '/orders/:id', (call) => one(call, replace(call, { dryRun: false }))),
    trade('PATCH', '/orders/:id', (call) => one(call, replace(call, { dryRun: false, partial: true }))),
    trade('DELETE', '/orders/:id', (call) => one(call, accepted(desk.cancel(account(call), orderId(call))))),
    trade('POST', '/orders/:id/reconfirm', () => {
      const error = { code: 'cannot_reconfirm_order', message: 'The order could not be reconfirmed.' };
      throw new WireRefusal(422, { error });
    }),
  ];
}

export function accepted(answer: DeskAnswer): WireObject {
  if (answer.kind === 'refused') throw deskRefusal(answer);
  return answer.data;
}

/** The customer's accounts that the call names, one `account-numbers[]` each. */
function namedAccounts(call: Call): readonly string[] {
  if (param(call, 'customer') !== 'me') throw notPermitted();
  const numbers = values(call.query, 'account-numbers');
  if (numbers.length === 0) throw validationError([{ domain: 'account-numbers', reason: 'is missing' }]);
  if (numbers.some((number) => !call.customer.accounts.includes(number))) throw notPermitted();
  return numbers;
}

function search(call: Call): OrderSearch {
  const within = span(call);
  if (within.from === undefined && versionOf(call) >= SEARCH_NEEDS_START) {
    const reason = 'are missing, exactly one parameter must be provided';
    throw validationError([
      { domain: 'start-date', reason },
      { domain: 'start-at', reason },
    ]);
  }
  const statuses = values(call.query, 'status');
  const underlying = text(call.query, 'underlying-symbol') ?? text(call.query, 'futures-symbol');
  const underlyingInstrumentType = text(call.query, 'underlying-instrument-type');
  return {
    ...within,
    ...(statuses.length === 0 ? {} : { statuses }),
    ...(underlying === undefined ? {} : { underlying }),
    ...(underlyingInstrumentType === undefined ? {} : { underlyingInstrumentType }),
    ascending: isAscending(call.query),
  };
}
