import { describe, expect, it } from 'vitest';
import { accountNumber } from '../../../src/broker/model/symbol.ts';
import type { GatewayError } from '../../../src/core/errors.ts';
import { chooseAccount } from '../../../src/tenancy/choose-account.ts';
import type { Tenant } from '../../../src/tenancy/tenant.ts';
import { account } from '../../support/tenant-broker.ts';
import { testTenant } from '../../support/test-tenant.ts';

const tenant = testTenant('t');
const bound: Tenant = { ...tenant, account: accountNumber('B') };
const refusal = (run: () => unknown): GatewayError => {
  try {
    run();
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('It was not refused');
};

describe('chooseAccount', () => {
  it('takes the only open one', () => {
    expect(chooseAccount([account('A', { isClosed: true }), account('B')], tenant).number).toBe('B');
  });

  it('asks which of several, by number and nickname', () => {
    const all = [
      account('A', { nickname: 'Sav\u202eings\n', type: 'Individual' }),
      account('B'),
      account('C', { isClosed: true }),
    ];
    const error = refusal(() => chooseAccount(all, tenant));
    expect(error.code).toBe('choice_needed');
    expect(error.details).toEqual({
      accounts: [{ number: 'A', nickname: 'Sav ings', type: 'Individual' }, { number: 'B' }],
    });
  });

  it('takes the requested one, exactly named', () => {
    const all = [account('A'), account('B'), account('C', { isClosed: true })];
    expect(chooseAccount(all, tenant, 'B').number).toBe('B');
    expect(chooseAccount(all, tenant, 'C').isClosed).toBe(true);
    for (const wrong of ['b', ' B', 'B ', '', 'AB', '*', '../B', '__proto__']) {
      expect(refusal(() => chooseAccount(all, tenant, wrong)).code).toBe('not_found');
    }
  });

  it('keeps a tenant to its one account, and tells nothing of the others', () => {
    const all = [account('A'), account('B')];
    expect(chooseAccount(all, bound).number).toBe('B');
    expect(chooseAccount(all, bound, 'B').number).toBe('B');
    const own = refusal(() => chooseAccount(all, bound, 'A'));
    const foreign = refusal(() => chooseAccount(all, bound, 'Z'));
    expect({ ...own }).toEqual({ ...foreign });
    expect(own.message).toBe(foreign.message);
  });

  it('does not choose a closed account, nor one that the login no longer has', () => {
    expect(refusal(() => chooseAccount([], tenant)).code).toBe('not_found');
    expect(refusal(() => chooseAccount([account('A', { isClosed: true })], tenant)).code).toBe('not_found');
    expect(refusal(() => chooseAccount([account('A')], bound)).code).toBe('not_found');
    expect(refusal(() => chooseAccount([account('B', { isClosed: true })], bound)).code).toBe('not_found');
  });
});
