import type { Caller } from '../auth/caller.ts';
import type { Broker } from '../broker/broker.ts';
import type { AccountChanges } from '../broker/model/account-change.ts';
import type { Account } from '../broker/model/account.ts';
import type { Clock } from '../core/clock.ts';
import type { IdSource } from '../core/ids.ts';
import type { Log } from '../core/log.ts';
import type { TenantLedger } from '../storage/stores/ledger-store.ts';
import type { Tenant } from './tenant.ts';

/** Everything one call may touch, built from its verified Caller and gone with it. */
export type TenantContext = {
  readonly tenant: Tenant;
  readonly caller: Caller;
  readonly broker: Broker;
  /**
   * The account to work on: the requested one if this tenant may use it (`not_found` otherwise, whoever owns it),
   * else the only one; `choice_needed` with the list when there are several.
   */
  chooseAccount(requested?: string): Promise<Account>;
  /** The open accounts that this tenant may use. */
  listAccounts(): Promise<readonly Account[]>;
  /** Word of what changes in this tenant's accounts, on whichever replica. */
  readonly accountChanges: AccountChanges;
  /** This tenant's part of the order ledger. */
  readonly ledger: TenantLedger;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Aborted when the caller hangs up or the call's deadline passes. */
  readonly signal: AbortSignal;
};
