import type { EpochMs } from '../../core/clock.ts';
import type { Database } from '../database.ts';

/** One sealed secret. Nothing here can open it. */
export type SealedRow = {
  readonly field: string;
  readonly version: number;
  readonly kekId: string;
  readonly sealed: string;
};

export type CredentialStore = {
  /**
   * Replaces all of a tenant's secrets by what `seal` makes for the next version, in one transaction. Answers with that
   * version; `undefined` when there is no such tenant. `seal` is synchronous so that the transaction waits for nothing.
   */
  replace(tenantId: string, seal: (version: number) => readonly SealedRow[], at: EpochMs): Promise<number | undefined>;
  /** Those of the tenant's present version. */
  read(tenantId: string): Promise<readonly SealedRow[]>;
};

export function createCredentialStore(database: Database): CredentialStore {
  return {
    replace: (tenantId, seal, at) => replace(database, { tenantId, seal, at }),
    read: (tenantId) => read(database, tenantId),
  };
}

type Replacement = {
  readonly tenantId: string;
  readonly seal: (version: number) => readonly SealedRow[];
  readonly at: EpochMs;
};

function replace(database: Database, { tenantId, seal, at }: Replacement): Promise<number | undefined> {
  return database.exclusively(`credentials ${tenantId}`, async (tx) => {
    const raised = await tx
      .updateTable('tenants')
      .set((row) => ({ credentialsVersion: row('credentialsVersion', '+', 1), updatedAt: at }))
      .where('id', '=', tenantId)
      .returning('credentialsVersion')
      .executeTakeFirst();
    if (raised === undefined) return undefined;
    const version = raised.credentialsVersion;
    const rows = seal(version).map((sealed) => ({ ...sealed, tenantId, createdAt: at }));
    await tx.deleteFrom('credentials').where('tenantId', '=', tenantId).execute();
    if (rows.length > 0) await tx.insertInto('credentials').values(rows).execute();
    return version;
  });
}

function read(database: Database, tenantId: string): Promise<readonly SealedRow[]> {
  return database.run((db) =>
    db
      .selectFrom('credentials')
      .innerJoin('tenants', (join) =>
        join
          .onRef('tenants.id', '=', 'credentials.tenantId')
          .onRef('tenants.credentialsVersion', '=', 'credentials.version'),
      )
      .select(['credentials.field', 'credentials.version', 'credentials.kekId', 'credentials.sealed'])
      .where('credentials.tenantId', '=', tenantId)
      .orderBy('credentials.field')
      .execute(),
  );
}
