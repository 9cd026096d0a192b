import type { Caller } from '../../../src/auth/caller.ts';
import type { Scope } from '../../../src/auth/scopes.ts';
import { noAccountChanges } from '../../../src/broker/model/account-change.ts';
import { epochMs } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import type { IdSource } from '../../../src/core/ids.ts';
import type { OpenContext } from '../../../src/tenancy/open-context.ts';
import { createMemoryLedger } from '../memory-ledger.ts';
import { account, countingBroker } from '../tenant-broker.ts';
import { testTenant } from '../test-tenant.ts';

const HOUR_MS = 3_600_000;

export const callerOf = (subject: string, ...scopes: Scope[]): Caller => ({
  issuer: 'https://issuer.test',
  subject,
  clientId: 'test-client',
  scopes: new Set(scopes),
  expiresAt: epochMs(Date.now() + HOUR_MS),
});

/** Stands in for the verifier: a bearer token is the name of a caller of this table. */
export function verifierOf(callers: Readonly<Record<string, Caller>>) {
  return async (authorization: string | undefined): Promise<Caller> => {
    const caller = callers[authorization?.replace(/^Bearer /u, '') ?? ''];
    if (caller === undefined) throw new GatewayError('unauthenticated', 'The token is not good.');
    return caller;
  };
}

/** One tenant for every caller, over a broker that holds nothing. The subject `nobody` has none. */
export function stubOpenContext({ clock, ids }: { clock: Clock; ids: IdSource }): OpenContext {
  const ledger = createMemoryLedger();
  return async (caller, { signal, log }) => {
    if (caller.subject === 'nobody') throw new GatewayError('tenant_unknown', 'You are not a customer here.');
    const broker = countingBroker(account('5WT00001'));
    const tenant = testTenant(`tenant-of-${caller.subject}`, { name: caller.subject });
    return {
      tenant,
      caller,
      broker: { ...broker, accounts: { ...broker.accounts, positions: async () => [] } },
      chooseAccount: async () => account('5WT00001'),
      listAccounts: async () => [account('5WT00001')],
      accountChanges: noAccountChanges,
      ledger: ledger.of(tenant.id),
      clock,
      ids,
      log,
      signal,
    };
  };
}
