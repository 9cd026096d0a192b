import { getBalances } from '../get-balances.ts';
import { accountResource } from './account-resource.ts';

export const accountBalances = accountResource({ part: 'balances', title: 'Balances', tool: getBalances });
