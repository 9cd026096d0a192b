import type { Account } from '../broker/model/account.ts';
import { GatewayError } from '../core/errors.ts';
import { quoted } from '../core/quoted.ts';
import type { Tenant } from './tenant.ts';

/**
 * The account to work on. A requested one may be closed, since its history can be read; one that is chosen for the
 * caller is open. Whether another account exists elsewhere is never told.
 */
export function chooseAccount(accounts: readonly Account[], tenant: Tenant, requested?: string): Account {
  const usable = usableAccounts(accounts, tenant);
  if (requested !== undefined) return requestedAccount(usable, requested);
  const open = usable.filter((account) => !account.isClosed);
  const [only] = open;
  if (only === undefined) throw new GatewayError('not_found', 'There is no open account to work on.');
  if (open.length === 1) return only;
  throw new GatewayError('choice_needed', `There are ${open.length} accounts: say which one to work on.`, {
    advice: 'Ask the person which account is meant, then name its number in the call.',
    details: { accounts: open.map(tellAccount) },
  });
}

/** Those of a login's accounts that this tenant may use, open and closed. */
export const usableAccounts = (accounts: readonly Account[], tenant: Tenant): readonly Account[] =>
  accounts.filter(({ number }) => tenant.account === undefined || number === tenant.account);

function requestedAccount(usable: readonly Account[], requested: string): Account {
  const found = usable.find(({ number }) => number === requested);
  if (found !== undefined) return found;
  throw new GatewayError('not_found', 'There is no such account here.', {
    advice: 'List the accounts to see which there are.',
  });
}

function tellAccount({ number, nickname, type }: Account): Record<string, string> {
  return {
    number,
    ...(nickname === undefined ? {} : { nickname: quoted(nickname) }),
    ...(type === undefined ? {} : { type: quoted(type) }),
  };
}
