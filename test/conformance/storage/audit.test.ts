import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { AuditEntry, AuditStore } from '../../../src/storage/stores/audit-store.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { intentRow } from '../../support/intent-rows.ts';
import { useStorageKinds } from '../../support/storage-kinds.ts';

const { kinds, opened } = useStorageKinds();

const run = promisify(execFile);
const WRITER = join(import.meta.dirname, '../../support/audit-writer.ts');
const at = 1_795_000_000_000;
const call = (turn: number): AuditEntry => ({ at: at + turn, kind: 'call', turn });

async function entries(audit: AuditStore, tenantId: string): Promise<AuditEntry[]> {
  const records = await audit.read(tenantId, 0, 10_000);
  return records.map(({ body }) => JSON.parse(body) as AuditEntry);
}

describe.each(kinds)('the audit in $name', ({ name, fresh }) => {
  /** A chain of `length` records, and a way to change it behind the gateway's back. */
  async function written(length: number, tenantId = 'a'): Promise<Storage> {
    const storage = await opened(await fresh());
    await Promise.all(Array.from({ length }, (_, turn) => storage.audit.append(tenantId, call(turn + 1))));
    return storage;
  }

  it('keeps one chain for each tenant, and reads it back in order and by pages', async () => {
    const { audit } = await opened(await fresh());
    await audit.append('b', {
      ...call(1),
      text: 'é\u{1f4b8}\n',
      none: undefined,
      nothing: null,
      yes: true,
      share: 0.5,
    });
    await audit.append('a', call(1));
    await audit.append('b', call(2));
    expect(await audit.chains()).toEqual(['a', 'b']);
    const records = await audit.read('b', 0, 9);
    expect(records.map(({ tenantId, seq }) => `${tenantId} ${seq}`)).toEqual(['b 1', 'b 2']);
    expect(records[0]?.body).toBe(
      `{"at":${at + 1},"kind":"call","nothing":null,"share":0.5,"text":"é\u{1f4b8}","turn":1,"yes":true}`,
    );
    expect(await audit.read('b', 1, 9)).toEqual(records.slice(1));
    expect(await audit.read('b', 0, 1)).toEqual(records.slice(0, 1));
    expect(await audit.head('b')).toMatchObject({ tenantId: 'b', seq: 2, hash: records[1]?.hash });
    expect(await audit.verify('b')).toEqual({ tenantId: 'b', records: 2, hash: records[1]?.hash });
    expect(await audit.head('c')).toBeUndefined();
    expect(await audit.verify('c')).toMatchObject({ tenantId: 'c', records: 0 });
  });

  it('writes 200 records that come at once in few transactions, in order, each caller told when it is kept', async () => {
    const { audit, database } = await opened(await fresh());
    const inOrder: number[] = [];
    await Promise.all(
      Array.from({ length: 200 }, async (_, turn) => {
        await audit.append('a', call(turn + 1));
        inOrder.push(turn + 1);
        expect((await audit.head('a'))?.seq).toBeGreaterThanOrEqual(turn + 1);
      }),
    );
    expect((await entries(audit, 'a')).map((entry) => entry['turn'])).toEqual(inOrder);
    expect(inOrder).toEqual(Array.from({ length: 200 }, (_, turn) => turn + 1));
    expect(await audit.verify('a')).toMatchObject({ records: 200 });
    if (name === 'PostgreSQL') expect(await transactions(database)).toBeLessThanOrEqual(5);
  });

  it('tells only the caller of an entry that cannot be kept', async () => {
    const { audit } = await opened(await fresh());
    const ended = await Promise.allSettled([
      audit.append('a', call(1)),
      audit.append('a', { ...call(2), figure: Number.NaN }),
      audit.append('a', call(3)),
    ]);
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await entries(audit, 'a')).map((entry) => entry['turn'])).toEqual([1, 3]);
  });

  it('tells every waiting caller when the database is gone, and goes on when there is one', async () => {
    const options = await fresh();
    const storage = await opened(options);
    await storage.close();
    const ended = await Promise.allSettled(
      Array.from({ length: 5 }, (_, turn) => storage.audit.append('a', call(turn))),
    );
    expect(ended.every(({ status }) => status === 'rejected')).toBe(true);
    const { audit } = await opened(options);
    await audit.append('a', call(1));
    expect(await audit.verify('a')).toMatchObject({ records: 1 });
  });

  it('is one chain for several processes, and for the ledger beside them', async () => {
    const options = await fresh();
    const { audit, ledger, switches } = await opened(options);
    const url = options.databaseUrl ?? '-';
    const processes = ['x', 'y'].map((who) => run(process.execPath, [WRITER, options.dataDir, url, 'a', who, '50']));
    for (let turn = 1; turn <= 25; turn += 1) {
      await audit.append('a', { at: turn, kind: 'call', who: 'z', turn });
      await ledger.of('a').transact(async (tx) => {
        await tx.insert(intentRow('a', `i${turn}`));
        await tx.audit({ at: turn, kind: 'order', who: 'ledger', turn });
      });
    }
    await switches.set({ scope: 'a', isOn: 1, reason: 'enough', by: 'cli:alice', at });
    await Promise.all(processes);
    expect(await audit.verify('a')).toMatchObject({ records: 151, hash: expect.any(String) as string });
    const told = await entries(audit, 'a');
    for (const [who, count] of Object.entries({ x: 50, y: 50, z: 25, ledger: 25 })) {
      const turns = told.filter((entry) => entry['who'] === who).map((entry) => entry['turn']);
      expect(turns).toEqual(Array.from({ length: count }, (_, turn) => turn + 1));
    }
  });

  it('checks a chain that grows meanwhile', async () => {
    const options = await fresh();
    const [{ audit }, other] = [await opened(options), await opened(options)];
    const growth = { isOver: false };
    const growing = (async (): Promise<void> => {
      for (let turn = 0; turn < 150; turn += 1) await other.audit.append('a', call(turn));
    })().finally(() => {
      growth.isOver = true;
    });
    let checks = 0;
    while (!growth.isOver) {
      expect((await audit.verify('a')).fault).toBeUndefined();
      checks += 1;
    }
    await growing;
    expect(checks).toBeGreaterThan(3);
    expect(await audit.verify('a')).toMatchObject({ records: 150 });
  });

  it('finds a fault beyond the first page', async () => {
    const { audit, database } = await written(2500);
    await database.run((db) => db.updateTable('audit').set({ body: '{}' }).where('seq', '=', 2203).execute());
    expect(await audit.verify('a')).toMatchObject({ records: 2202, fault: { tenantId: 'a', seq: 2203 } });
  });

  it.each<[string, (storage: Storage) => Promise<unknown>, number]>([
    [
      'an altered body',
      ({ database }) =>
        database.run((db) => db.updateTable('audit').set({ body: '{"at":1}' }).where('seq', '=', 7).execute()),
      7,
    ],
    [
      'a removed record',
      ({ database }) => database.run((db) => db.deleteFrom('audit').where('seq', '=', 7).execute()),
      7,
    ],
    ['a cut tail', ({ database }) => database.run((db) => db.deleteFrom('audit').where('seq', '>', 7).execute()), 8],
    ['a lost head', ({ database }) => database.run((db) => db.deleteFrom('auditHeads').execute()), 13],
    [
      'a cut tail with a forged head',
      ({ database }) =>
        database.run(async (db) => {
          await db.deleteFrom('audit').where('seq', '>', 7).execute();
          const { hash } = await db.selectFrom('audit').select('hash').where('seq', '=', 7).executeTakeFirstOrThrow();
          await db.updateTable('auditHeads').set({ seq: 7, hash }).execute();
        }),
      8,
    ],
    [
      'swapped records',
      ({ database }) =>
        database.run(async (db) => {
          await db.updateTable('audit').set({ seq: 99 }).where('seq', '=', 4).execute();
          await db.updateTable('audit').set({ seq: 4 }).where('seq', '=', 9).execute();
          await db.updateTable('audit').set({ seq: 9 }).where('seq', '=', 99).execute();
        }),
      4,
    ],
  ])('names the record of %s', async (_, spoil, seq) => {
    const storage = await written(12);
    await spoil(storage);
    expect(await storage.audit.chains()).toEqual(['a']);
    expect(await storage.audit.verify('a')).toMatchObject({ records: seq - 1, fault: { tenantId: 'a', seq } });
  });

  it('takes records that were moved to another tenant for what they are', async () => {
    const { audit, database } = await written(5);
    await database.run((db) => db.updateTable('audit').set({ tenantId: 'b' }).execute());
    expect(await audit.chains()).toEqual(['a', 'b']);
    expect(await audit.verify('a')).toMatchObject({ fault: { tenantId: 'a', seq: 1 } });
    expect(await audit.verify('b')).toMatchObject({ fault: { tenantId: 'b', seq: 1 } });
  });

  it.each<[string, (storage: Storage) => Promise<unknown>]>([
    ['a forged end', ({ database }) => database.run((db) => db.updateTable('auditHeads').set({ seq: 2 }).execute())],
    ['a lost end', ({ database }) => database.run((db) => db.deleteFrom('auditHeads').execute())],
    [
      'a cut and forged end',
      ({ database }) =>
        database.run(async (db) => {
          await db.deleteFrom('audit').where('seq', '=', 3).execute();
          await db.updateTable('auditHeads').set({ seq: 2 }).execute();
        }),
    ],
  ])('goes on after %s, and never again verifies', async (_, spoil) => {
    const storage = await written(3);
    await spoil(storage);
    await storage.audit.append('a', call(4));
    await storage.ledger.of('a').transact(async (tx) => {
      await tx.insert(intentRow('a', 'one'));
      await tx.audit({ at, kind: 'order' });
    });
    expect(await storage.ledger.of('a').list({ limit: 9 })).toHaveLength(1);
    const report = await storage.audit.verify('a');
    expect(report.fault?.fault).toContain('altered or cut off');
    await storage.audit.append('b', call(1));
    expect(await storage.audit.verify('b')).toMatchObject({ records: 1 });
    expect((await storage.audit.verify('b')).fault).toBeUndefined();
  });

  it('does not forget a spoilt end when what says so is taken away', async () => {
    const { audit, database } = await written(3);
    await database.run((db) => db.updateTable('auditHeads').set({ seq: 2 }).execute());
    await audit.append('a', call(4));
    await database.run((db) => db.deleteFrom('audit').where('seq', '>=', 4).execute());
    expect(await audit.verify('a')).toMatchObject({ fault: { tenantId: 'a', seq: 4 } });
    await audit.append('a', call(5));
    expect(await audit.verify('a')).toMatchObject({ fault: { tenantId: 'a', seq: 4 } });
  });

  it('reads as broken with another key', async () => {
    const options = await fresh();
    const { audit } = await opened(options);
    await audit.append('a', call(1));
    const stranger = await opened({ ...options, auditKey: Buffer.alloc(32, 8) });
    expect(await stranger.audit.verify('a')).toMatchObject({ records: 0, fault: { tenantId: 'a', seq: 1 } });
    await stranger.audit.append('a', call(2));
    expect(await audit.verify('a')).toMatchObject({ records: 1, fault: { tenantId: 'a', seq: 2 } });
  });

  it('outlives its tenant', async () => {
    const { audit, tenants, ledger } = await opened(await fresh());
    const row = { environment: 'paper', account: null, status: 'enabled', credentialsVersion: 0, plan: null };
    await tenants.insert({ id: 'a', name: 'a', createdAt: at, updatedAt: at, ...row });
    await ledger.of('a').transact(async (tx) => {
      await tx.insert(intentRow('a', 'one'));
      await tx.audit({ at, kind: 'order' });
    });
    await tenants.remove('a');
    expect(await audit.verify('a')).toMatchObject({ records: 1 });
    expect(await ledger.of('a').list({ limit: 9 })).toHaveLength(1);
  });
});

/** How many transactions wrote the audit: PostgreSQL keeps with each row the number of the one that made it. */
async function transactions({ run: query }: Storage['database']): Promise<number> {
  const { rows } = await query((db) =>
    sql<{ writings: number }>`select count(distinct xmin::text)::int as writings from audit`.execute(db),
  );
  return rows[0]?.writings ?? Number.NaN;
}
