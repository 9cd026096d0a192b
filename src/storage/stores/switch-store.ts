import type { Database } from '../database.ts';
import { type CancelRequests, createCancelRequests } from './cancel-requests.ts';
import type { SwitchRow } from './ledger-store.ts';
import { chainLock } from './append-audit.ts';
import type { SqlAudit } from './sql-audit.ts';
import { chainOf } from './switch-scope.ts';

/** The kill switches, and the requests to cancel what is working. Every change is audited as it is made. */
export type SwitchStore = CancelRequests & {
  /** All that were ever set, on or off, by scope. */
  list(): Promise<readonly SwitchRow[]>;
  /** Sets one, and records it in the chain of its tenant, or in the gateway's when it is the global one. */
  set(row: SwitchRow): Promise<void>;
};

export function createSwitchStore(database: Database, audit: SqlAudit): SwitchStore {
  return {
    ...createCancelRequests(database, audit),
    list: () => database.run((db) => db.selectFrom('switches').selectAll().orderBy('scope').execute()),
    set: (row) => set(database, audit, row),
  };
}

function set(database: Database, audit: SqlAudit, row: SwitchRow): Promise<void> {
  const chain = chainOf(row.scope);
  const { scope, ...state } = row;
  return database.exclusively(chainLock(chain), async (tx) => {
    await tx
      .insertInto('switches')
      .values(row)
      .onConflict((conflict) => conflict.column('scope').doUpdateSet(state))
      .execute();
    await audit.appendIn(tx, chain, {
      at: row.at,
      kind: 'switch',
      what: row.isOn === 0 ? 'trading goes on' : 'trading stopped',
      scope,
      reason: row.reason,
      by: row.by,
    });
  });
}
