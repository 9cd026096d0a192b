import type { EpochMs } from '../../core/clock.ts';
import type { Database } from '../database.ts';
import { chainLock } from './append-audit.ts';
import type { SqlAudit } from './sql-audit.ts';

/** A tenant as it is kept. Its words are checked by whoever reads it into something narrower. */
export type TenantRow = {
  readonly id: string;
  readonly name: string;
  readonly environment: string;
  readonly account: string | null;
  readonly status: string;
  readonly credentialsVersion: number;
  /** The rules that an operator set, as JSON; null: none. */
  readonly plan: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** A caller (issuer and subject of its token) that acts for a tenant. A caller acts for one tenant at most. */
export type BindingRow = {
  readonly issuer: string;
  readonly subject: string;
  readonly tenantId: string;
  readonly createdAt: number;
};

/** Who changed a tenant's rules, when, and which ones: a short text for the audit, JSON by custom. */
export type PlanChange = {
  /** The plan that was changed: another one in its place, and nothing is written. */
  readonly before: string | null;
  readonly at: EpochMs;
  readonly by: string;
  readonly rules: string;
};

export type TenantStore = {
  /** False when the name is taken. */
  insert(row: TenantRow): Promise<boolean>;
  byName(name: string): Promise<TenantRow | undefined>;
  byId(id: string): Promise<TenantRow | undefined>;
  byBinding(issuer: string, subject: string): Promise<TenantRow | undefined>;
  /** By name. */
  list(): Promise<readonly TenantRow[]>;
  setStatus(id: string, status: string, at: EpochMs): Promise<void>;
  /**
   * Replaces all of the tenant's own rules, and records the change in its chain. False when there is no such tenant, or its
   * rules are no longer those that were to be changed.
   */
  setPlan(id: string, plan: string | null, change: PlanChange): Promise<boolean>;
  /** The id of the tenant that the caller is bound to afterwards: another one than asked when it was taken. */
  bind(row: BindingRow): Promise<string>;
  /** By issuer and subject; of all tenants unless told. */
  bindings(tenantId?: string): Promise<readonly BindingRow[]>;
  /** With its bindings and credentials. */
  remove(id: string): Promise<void>;
};

export function createTenantStore(database: Database, audit: SqlAudit): TenantStore {
  return {
    insert: (row) => insert(database, row),
    byName: (name) =>
      database.run((db) => db.selectFrom('tenants').selectAll().where('name', '=', name).executeTakeFirst()),
    byId: (id) => database.run((db) => db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()),
    byBinding: (issuer, subject) => byBinding(database, issuer, subject),
    list: () => database.run((db) => db.selectFrom('tenants').selectAll().orderBy('name').execute()),
    setStatus: (id, status, at) => setStatus(database, { id, status, at }),
    setPlan: (id, plan, change) => setPlan(database, audit, { id, plan, ...change }),
    bind: (row) => bind(database, row),
    bindings: (tenantId) => bindings(database, tenantId),
    remove: (id) => remove(database, id),
  };
}

async function insert(database: Database, row: TenantRow): Promise<boolean> {
  const result = await database.run((db) =>
    db
      .insertInto('tenants')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst(),
  );
  return result.numInsertedOrUpdatedRows === 1n;
}

function byBinding(database: Database, issuer: string, subject: string): Promise<TenantRow | undefined> {
  return database.run((db) =>
    db
      .selectFrom('bindings')
      .innerJoin('tenants', 'tenants.id', 'bindings.tenantId')
      .selectAll('tenants')
      .where('bindings.issuer', '=', issuer)
      .where('bindings.subject', '=', subject)
      .executeTakeFirst(),
  );
}

async function setStatus(database: Database, change: { id: string; status: string; at: EpochMs }): Promise<void> {
  await database.run((db) =>
    db
      .updateTable('tenants')
      .set({ status: change.status, updatedAt: change.at })
      .where('id', '=', change.id)
      .execute(),
  );
}

type NewPlan = PlanChange & { readonly id: string; readonly plan: string | null };

function setPlan(database: Database, audit: SqlAudit, { id, plan, before, at, by, rules }: NewPlan): Promise<boolean> {
  return database.exclusively(chainLock(id), async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('tenants')
      .set({ plan, updatedAt: at })
      .where('id', '=', id)
      .where('plan', before === null ? 'is' : '=', before)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await audit.appendIn(tx, id, { at, kind: 'plan', rules, by });
    return true;
  });
}

function bind(database: Database, row: BindingRow): Promise<string> {
  return database.exclusively('bindings', async (tx) => {
    await tx
      .insertInto('bindings')
      .values(row)
      .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
      .execute();
    const kept = await tx
      .selectFrom('bindings')
      .select('tenantId')
      .where('issuer', '=', row.issuer)
      .where('subject', '=', row.subject)
      .executeTakeFirstOrThrow();
    return kept.tenantId;
  });
}

function bindings(database: Database, tenantId: string | undefined): Promise<readonly BindingRow[]> {
  return database.run((db) => {
    const all = db.selectFrom('bindings').selectAll().orderBy('issuer').orderBy('subject');
    return (tenantId === undefined ? all : all.where('tenantId', '=', tenantId)).execute();
  });
}

async function remove(database: Database, id: string): Promise<void> {
  await database.run((db) => db.deleteFrom('tenants').where('id', '=', id).execute());
}
