import { notFound, notPermitted } from '../wire-refusal.ts';
import type { World } from '../world.ts';
import { zuluTime } from '../wire-text.ts';
import { get, list, one, param, type Call, type Route } from './route.ts';

/** The broker knows every customer by the name `me` only. */
function requireMe(call: Call): void {
  if (param(call, 'customer') !== 'me') throw notPermitted();
}

/** Who is logged in, which accounts that opens, and the token for market data. */
export function customerRoutes(world: World): readonly Route[] {
  const account = (number: string) => {
    const found = world.desk.account(number);
    if (found === undefined) throw notFound(`account ${number}`);
    return found;
  };
  return [
    get('/customers/:customer', (call) => {
      requireMe(call);
      return one(call, call.customer.wire);
    }),
    get('/customers/:customer/accounts', (call) => {
      requireMe(call);
      const authority = call.customer.scopes.includes('trade') ? 'owner' : 'read-only';
      const opened = call.customer.accounts.map((number) => ({
        account: account(number),
        'authority-level': authority,
      }));
      return list(call, opened);
    }),
    get('/customers/:customer/accounts/:account', (call) => {
      requireMe(call);
      return one(call, account(param(call, 'account')));
    }),
    get('/api-quote-tokens', (call) => {
      const { token, issuedAt, expiresAt } = world.quoteTokens.issue(call.customer.id);
      return one(call, {
        token,
        'issued-at': zuluTime(issuedAt),
        'expires-at': zuluTime(expiresAt),
        'dxlink-url': `ws://${call.host}/realtime`,
        level: 'api',
      });
    }),
  ];
}
