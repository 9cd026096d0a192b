import type { Kysely, Transaction } from 'kysely';
import type { EpochMs } from '../../core/clock.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type {
  DueIntent,
  IntentChanges,
  IntentRow,
  LedgerStore,
  LedgerTx,
  SwitchRow,
  TenantLedger,
} from './ledger-store.ts';
import { countUnderWay, readUsage } from './ledger-usage.ts';
import { requireOwn } from './require-own.ts';
import { chainLock } from './append-audit.ts';
import type { SqlAudit } from './sql-audit.ts';
import { confirmationsIn } from './sql-confirmations.ts';
import { GLOBAL_SCOPE } from './switch-scope.ts';

/** The order ledger in SQLite or PostgreSQL. Its steps write their audit records in the same transaction. */
export function createLedgerStore(database: Database, audit: SqlAudit): LedgerStore {
  return {
    of: (tenantId) => tenantLedger(database, audit, tenantId),
    due: (at, limit) => due(database, at, limit),
  };
}

function tenantLedger(database: Database, audit: SqlAudit, tenantId: string): TenantLedger {
  return {
    transact: (work) =>
      database.exclusively(chainLock(tenantId), (tx) =>
        work({
          ...intentsIn(tx, tenantId),
          ...confirmationsIn(tx, tenantId),
          stops: () => stops(tx, tenantId),
          usage: (query) => readUsage(tx, tenantId, query),
          underWay: (account, since) => countUnderWay(tx, tenantId, { account, since }),
          audit: (entry) => audit.appendIn(tx, tenantId, entry),
        }),
      ),
    intent: (id) => database.run((db) => intentBy(db, tenantId, 'id', id)),
    byClientOrderId: (id) => database.run((db) => intentBy(db, tenantId, 'clientOrderId', id)),
    list: (query) => database.run((db) => list(db, tenantId, query)),
  };
}

function intentsIn(
  tx: Transaction<Schema>,
  tenantId: string,
): Pick<LedgerTx, 'intent' | 'byClientOrderId' | 'insert' | 'update'> {
  return {
    intent: (id) => intentBy(tx, tenantId, 'id', id),
    byClientOrderId: (id) => intentBy(tx, tenantId, 'clientOrderId', id),
    async insert(row) {
      requireOwn(row, tenantId);
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('intents')
        .values(row)
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows !== 1n) throw new RangeError('An intent of this id, name or confirmation exists');
    },
    update: (id, changes) => update(tx, { tenantId, id, changes }),
  };
}

function intentBy(
  db: Kysely<Schema>,
  tenantId: string,
  column: 'id' | 'clientOrderId',
  value: string,
): Promise<IntentRow | undefined> {
  return db
    .selectFrom('intents')
    .selectAll()
    .where('tenantId', '=', tenantId)
    .where(column, '=', value)
    .executeTakeFirst();
}

type Update = { readonly tenantId: string; readonly id: string; readonly changes: IntentChanges };

async function update(tx: Transaction<Schema>, { tenantId, id, changes }: Update): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('intents')
    // Its own id is set again so that a change of nothing is a statement too.
    .set({ ...changes, id })
    .where('tenantId', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new RangeError('There is no such intent');
}

function stops(tx: Transaction<Schema>, tenantId: string): Promise<readonly SwitchRow[]> {
  return tx
    .selectFrom('switches')
    .selectAll()
    .where('isOn', '=', 1)
    .where('scope', 'in', [GLOBAL_SCOPE, tenantId])
    .orderBy('scope')
    .execute();
}

function list(
  db: Kysely<Schema>,
  tenantId: string,
  { limit, open = false }: { readonly limit: number; readonly open?: boolean },
): Promise<readonly IntentRow[]> {
  const all = db
    .selectFrom('intents')
    .selectAll()
    .where('tenantId', '=', tenantId)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(limit);
  if (!open) return all.execute();
  return all
    .where(({ eb, or, and }) =>
      or([eb('lookAt', 'is not', null), and([eb('flaggedAt', 'is not', null), eb('state', '<>', 'settled')])]),
    )
    .execute();
}

function due(database: Database, at: EpochMs, limit: number): Promise<readonly DueIntent[]> {
  return database.run((db) =>
    db
      .selectFrom('intents')
      .select(['tenantId', 'id'])
      .where('lookAt', '<=', at)
      .orderBy('lookAt')
      .orderBy('id')
      .limit(limit)
      .execute(),
  );
}
