import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/core/log.ts';
import type { Database } from '../../../src/storage/database.ts';
import type { AuditEntry } from '../../../src/storage/stores/audit-store.ts';
import { createAuditStore, type SqlAudit } from '../../../src/storage/stores/sql-audit.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { TEST_AUDIT_KEY } from '../../support/audit-key.ts';
import { intentRow } from '../../support/intent-rows.ts';
import { useStorageKinds } from '../../support/storage-kinds.ts';

const { kinds, opened } = useStorageKinds();
const postgres = kinds.filter(({ name }) => name === 'PostgreSQL');

const call = (turn: number): AuditEntry => ({ at: turn, kind: 'call', turn });

type Replica = { readonly audit: SqlAudit; readonly count: { transactions: number; statements: number } };

/** The audit of one more process on a storage's database, and how it went there. */
function replicaOn({ database }: Storage): Replica {
  const count = { transactions: 0, statements: 0 };
  const counted: Database = {
    ...database,
    exclusively(lock, work) {
      count.transactions += 1;
      return database.exclusively(lock, work);
    },
    alone(lock, work) {
      count.statements += 1;
      return database.alone(lock, work);
    },
  };
  return { audit: createAuditStore(counted, TEST_AUDIT_KEY, silentLog), count };
}

describe.each(postgres)('a record more in $name', ({ fresh }) => {
  it('takes one statement of whoever wrote the last, and two of whoever did not', async () => {
    const storage = await opened(await fresh());
    const [a, b] = [replicaOn(storage), replicaOn(storage)];
    for (let turn = 1; turn <= 10; turn += 1) await a.audit.append('t', call(turn));
    expect(a.count).toEqual({ transactions: 1, statements: 9 });
    await b.audit.append('t', call(11));
    for (let turn = 12; turn <= 21; turn += 1) await (turn % 2 === 0 ? a : b).audit.append('t', call(turn));
    expect(a.count).toEqual({ transactions: 1, statements: 9 + 2 * 5 });
    expect(b.count).toEqual({ transactions: 1, statements: 2 * 5 });
    expect(await a.audit.verify('t')).toMatchObject({ records: 21, hash: expect.any(String) as string });
  });

  it.each([
    ['the usual isolation', 'read committed'],
    ['a server that is strict', 'serializable'],
  ])('keeps one chain of all that many processes and the ledger add at once, with %s', async (_, isolation) => {
    const options = await fresh();
    const first = await opened(options);
    const name = new URL(options.databaseUrl ?? '').pathname.slice(1);
    await first.database.run((db) =>
      sql`alter database ${sql.id(name)} set default_transaction_isolation = ${sql.lit(isolation)}`.execute(db),
    );
    const storages = [await opened(options), await opened(options), await opened(options)];
    const work = storages.flatMap((storage) => {
      const { audit } = replicaOn(storage);
      return Array.from({ length: 40 }, async (__, turn) => {
        await audit.append('t', call(turn));
        if (turn % 4 > 0) return;
        await storage.ledger.of('t').transact(async (tx) => {
          await tx.insert(intentRow('t', crypto.randomUUID()));
          await tx.audit({ at: turn, kind: 'order', turn });
        });
        await audit.append('t', call(turn));
      });
    });
    await Promise.all(work);
    expect(await first.audit.verify('t')).toMatchObject({ records: 180, hash: expect.any(String) as string });
  });

  it.each<[string, (storage: Storage) => Promise<unknown>]>([
    [
      'was altered',
      ({ database }) =>
        database.run((db) =>
          db
            .updateTable('auditHeads')
            .set({ hash: 'f'.repeat(64) })
            .execute(),
        ),
    ],
    [
      'was sealed by another',
      ({ database }) => database.run((db) => db.updateTable('auditHeads').set({ seal: 'no' }).execute()),
    ],
    ['is lost', ({ database }) => database.run((db) => db.deleteFrom('auditHeads').execute())],
  ])('is not built in silence upon an end that %s since this process wrote it', async (_, spoil) => {
    const storage = await opened(await fresh());
    const { audit } = replicaOn(storage);
    for (let turn = 1; turn <= 3; turn += 1) await audit.append('t', call(turn));
    await spoil(storage);
    await audit.append('t', call(4)).catch(() => {});
    expect((await audit.verify('t')).fault).toBeDefined();
  });

  it('is told as not kept when a record stands in its place, and leaves the chain as it was', async () => {
    const storage = await opened(await fresh());
    const { audit } = replicaOn(storage);
    await audit.append('t', call(1));
    await audit.append('t', call(2));
    const head = await audit.head('t');
    const planted = { tenantId: 't', seq: 3, body: '{}', hash: 'f'.repeat(64) };
    await storage.database.run((db) => db.insertInto('audit').values(planted).execute());
    await expect(audit.append('t', call(3))).rejects.toThrow();
    expect(await audit.head('t')).toEqual(head);
  });
});
