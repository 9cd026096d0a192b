import type { EpochMs } from '../../core/clock.ts';
import type { Database } from '../database.ts';

/** A tenant as it is kept. Its words are checked by whoever reads it into something narrower. */
export type TenantRow = {
  readonly id: string;
  readonly name: string;
  readonly environment: string;
  readonly account: string | null;
  readonly status: string;
  readonly credentialsVersion: number;
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

export type TenantStore = {
  /** False when the name is taken. */
  insert(row: TenantRow): Promise<boolean>;
  byName(name: string): Promise<TenantRow | undefined>;
  byBinding(issuer: string, subject: string): Promise<TenantRow | undefined>;
  /** By name. */
  list(): Promise<readonly TenantRow[]>;
  setStatus(id: string, status: string, at: EpochMs): Promise<void>;
  /** The id of the tenant that the caller is bound to afterwards: another one than asked when it was taken. */
  bind(row: BindingRow): Promise<string>;
  /** By issuer and subject; of all tenants unless told. */
  bindings(tenantId?: string): Promise<readonly BindingRow[]>;
  /** With its bindings and credentials. */
  remove(id: string): Promise<void>;
};

export function createTenantStore(database: Database): TenantStore {
  return {
    insert: (row) => insert(database, row),
    byName: (name) =>
      database.run((db) => db.selectFrom('tenants').selectAll().where('name', '=', name).executeTakeFirst()),
    byBinding: (issuer, subject) => byBinding(database, issuer, subject),
    list: () => database.run((db) => db.selectFrom('tenants').selectAll().orderBy('name').execute()),
    setStatus: (id, status, at) => setStatus(database, { id, status, at }),
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
