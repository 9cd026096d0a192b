import { describe, expect, it } from 'vitest';
import { epochMs, systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { migrate } from '../../../src/storage/migrate.ts';
import { openStorage, type Storage } from '../../../src/storage/storage.ts';
import type { TenantRow } from '../../../src/storage/stores/tenant-store.ts';
import { TEST_AUDIT_KEY } from '../../support/audit-key.ts';
import { confirmationRow } from '../../support/intent-rows.ts';
import { useStorageKinds } from '../../support/storage-kinds.ts';

const { kinds, opened, folder } = useStorageKinds();

// 2^32 and more: a four-byte integer does not hold a time.
const at = epochMs(1_795_000_000_000);

const tenant = (id: string, changes: Partial<TenantRow> = {}): TenantRow => ({
  id,
  name: `name-${id}`,
  environment: 'paper',
  account: null,
  status: 'enabled',
  credentialsVersion: 0,
  plan: null,
  createdAt: at,
  updatedAt: at,
  ...changes,
});

describe.each(kinds)('storage on $name', ({ fresh }) => {
  it('gives a tenant back as it was put in, exactly', async () => {
    const { tenants } = await opened(await fresh());
    const full = tenant('a', { account: '5WT00001', environment: 'live', plan: '{"readOnly":true}' });
    expect(await tenants.insert(full)).toBe(true);
    expect(await tenants.byName('name-a')).toEqual(full);
    expect(await tenants.byId('a')).toEqual(full);
    expect(await tenants.byId('name-a')).toBeUndefined();
    expect(await tenants.byName('NAME-A')).toBeUndefined();
  });

  it('refuses a taken name and keeps what was there', async () => {
    const { tenants } = await opened(await fresh());
    await tenants.insert(tenant('a', { name: 'desk' }));
    expect(await tenants.insert(tenant('b', { name: 'desk' }))).toBe(false);
    expect((await tenants.byName('desk'))?.id).toBe('a');
  });

  it('lists by name', async () => {
    const { tenants } = await opened(await fresh());
    for (const id of ['c', 'a', 'b']) await tenants.insert(tenant(id));
    expect((await tenants.list()).map((row) => row.id)).toEqual(['a', 'b', 'c']);
  });

  it('finds a tenant by issuer and subject together, byte for byte', async () => {
    const { tenants } = await opened(await fresh());
    await tenants.insert(tenant('a'));
    await tenants.insert(tenant('b'));
    expect(await tenants.bind({ issuer: 'https://one', subject: 'x', tenantId: 'a', createdAt: at })).toBe('a');
    expect(await tenants.bind({ issuer: 'https://two', subject: 'x', tenantId: 'b', createdAt: at })).toBe('b');
    expect((await tenants.byBinding('https://one', 'x'))?.id).toBe('a');
    expect((await tenants.byBinding('https://two', 'x'))?.id).toBe('b');
    for (const [issuer, subject] of [
      ['https://one', 'X'],
      ['https://one', 'x '],
      ['https://One', 'x'],
      ['x', 'https://one'],
      ['https://one', '%'],
    ]) {
      expect(await tenants.byBinding(issuer ?? '', subject ?? '')).toBeUndefined();
    }
  });

  it('binds a caller once: the first tenant keeps it', async () => {
    const { tenants } = await opened(await fresh());
    await tenants.insert(tenant('a'));
    await tenants.insert(tenant('b'));
    const caller = { issuer: 'i', subject: 's', createdAt: at };
    expect(await tenants.bind({ ...caller, tenantId: 'a' })).toBe('a');
    expect(await tenants.bind({ ...caller, tenantId: 'b' })).toBe('a');
    expect(await tenants.bind({ ...caller, tenantId: 'a' })).toBe('a');
    expect(await tenants.bindings('a')).toEqual([{ ...caller, tenantId: 'a' }]);
    expect(await tenants.bindings('b')).toEqual([]);
  });

  it('raises the credentials version with every replacement, also when they run at once', async () => {
    const storage = await opened(await fresh());
    await storage.tenants.insert(tenant('a'));
    const seal = (version: number) => [{ field: 'refreshToken', version, kekId: 'k', sealed: `sealed-${version}` }];
    const versions = await Promise.all(Array.from({ length: 8 }, () => storage.credentials.replace('a', seal, at)));
    expect(versions.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await storage.credentials.read('a')).toEqual(seal(8));
    expect((await storage.tenants.byName('name-a'))?.credentialsVersion).toBe(8);
    expect(await storage.credentials.replace('nobody', seal, at)).toBeUndefined();
  });

  it('keeps the old credentials when sealing fails', async () => {
    const storage = await opened(await fresh());
    await storage.tenants.insert(tenant('a'));
    await storage.credentials.replace('a', (version) => [{ field: 'f', version, kekId: 'k', sealed: 'old' }], at);
    const failing = (): never => {
      throw new RangeError('no');
    };
    await expect(storage.credentials.replace('a', failing, at)).rejects.toThrow('no');
    expect((await storage.credentials.read('a')).map((row) => row.sealed)).toEqual(['old']);
    expect((await storage.tenants.byName('name-a'))?.credentialsVersion).toBe(1);
  });

  it('removes a tenant with its bindings and credentials, and nobody else', async () => {
    const storage = await opened(await fresh());
    for (const id of ['a', 'b']) {
      await storage.tenants.insert(tenant(id));
      await storage.tenants.bind({ issuer: 'i', subject: id, tenantId: id, createdAt: at });
      await storage.credentials.replace(id, (version) => [{ field: 'f', version, kekId: 'k', sealed: id }], at);
    }
    await storage.tenants.remove('a');
    expect(await storage.tenants.byName('name-a')).toBeUndefined();
    expect(await storage.tenants.byBinding('i', 'a')).toBeUndefined();
    expect(await storage.credentials.read('a')).toEqual([]);
    expect((await storage.credentials.read('b')).length).toBe(1);
    expect((await storage.tenants.bindings()).map((row) => row.subject)).toEqual(['b']);
  });

  it('sets the status of one tenant', async () => {
    const { tenants } = await opened(await fresh());
    await tenants.insert(tenant('a'));
    await tenants.insert(tenant('b'));
    await tenants.setStatus('a', 'disabled', epochMs(at + 1));
    expect(await tenants.byName('name-a')).toMatchObject({ status: 'disabled', createdAt: at, updatedAt: at + 1 });
    expect(await tenants.byName('name-b')).toMatchObject({ status: 'enabled', updatedAt: at });
  });

  it("sets one tenant's rules, and records who did", async () => {
    const { tenants, audit } = await opened(await fresh());
    await tenants.insert(tenant('a'));
    await tenants.insert(tenant('b'));
    const before = '{"maxShares":"5"}';
    const change = { before: null, at: epochMs(at + 1), by: 'cli:alice', rules: before };
    expect(await tenants.setPlan('a', '{"maxShares":"5"}', change)).toBe(true);
    expect(await tenants.byId('a')).toMatchObject({ plan: '{"maxShares":"5"}', updatedAt: at + 1 });
    expect(await tenants.setPlan('a', '{}', change)).toBe(false);
    expect(await tenants.setPlan('a', null, { ...change, before, rules: 'reset' })).toBe(true);
    expect(await tenants.byId('a')).toMatchObject({ plan: null });
    expect(await tenants.byId('b')).toMatchObject({ plan: null, updatedAt: at });
    const records = await audit.read('a', 0, 10);
    expect(records.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { at: at + 1, by: 'cli:alice', kind: 'plan', rules: '{"maxShares":"5"}' },
      { at: at + 1, by: 'cli:alice', kind: 'plan', rules: 'reset' },
    ]);
  });

  it('changes no rules of a tenant that does not exist, and records nothing', async () => {
    const { tenants, audit } = await opened(await fresh());
    expect(await tenants.setPlan('nobody', '{}', { before: null, at, by: 'cli:alice', rules: '{}' })).toBe(false);
    expect(await audit.chains()).toEqual([]);
  });

  it('keeps documents, the last writing wins', async () => {
    const { documents } = await opened(await fresh());
    expect(await documents.get('snapshot')).toBeUndefined();
    await documents.put('snapshot', '{"a":1}');
    await documents.put('snapshot', '{"b":"é\u{1f4b8}"}');
    expect(await documents.get('snapshot')).toBe('{"b":"é\u{1f4b8}"}');
    await documents.remove('snapshot');
    expect(await documents.get('snapshot')).toBeUndefined();
  });

  it('is one store for several openers, who may start at the same time', async () => {
    const options = await fresh();
    const [first, ...others] = await Promise.all(Array.from({ length: 4 }, () => opened(options)));
    await first?.tenants.insert(tenant('a'));
    for (const other of others) expect((await other.tenants.byName('name-a'))?.id).toBe('a');
  });

  it('lets no two holders of one lock overlap, and undoes what throws', async () => {
    const options = await fresh();
    const storages = [await opened(options), await opened(options)] as const;
    await storages[0].documents.put('count', '0');
    const raise = (storage: Storage): Promise<void> =>
      storage.database.exclusively('count', async (tx) => {
        const row = await tx
          .selectFrom('documents')
          .select('body')
          .where('name', '=', 'count')
          .executeTakeFirstOrThrow();
        await tx
          .updateTable('documents')
          .set({ body: String(Number(row.body) + 1) })
          .where('name', '=', 'count')
          .execute();
      });
    await Promise.all(Array.from({ length: 20 }, (_, turn) => raise(storages[turn % 2 === 0 ? 0 : 1])));
    expect(await storages[1].documents.get('count')).toBe('20');
    const failing = storages[0].database.exclusively('count', async (tx) => {
      await tx.deleteFrom('documents').execute();
      throw new RangeError('undo');
    });
    await expect(failing).rejects.toThrow('undo');
    expect(await storages[1].documents.get('count')).toBe('20');
  });

  it('says that it is healthy until it is closed, and closes twice', async () => {
    const storage = await opened(await fresh());
    expect(await storage.healthy()).toBe(true);
    await storage.close();
    expect(await storage.healthy()).toBe(false);
    await storage.close();
  });

  it('brings a database of an earlier gateway up to date, and keeps what is in it', async () => {
    const storage = await opened(await fresh());
    const { database, tenants } = storage;
    await database.run(async (db) => {
      for (const table of ['intents', 'confirmations', 'audit', 'audit_heads', 'switches', 'cancel_requests']) {
        await db.schema.dropTable(table).execute();
      }
      await db.schema.alterTable('tenants').dropColumn('plan').execute();
      await db.deleteFrom('migrations').where('id', '>', 2).execute();
    });
    const { plan: _, ...old } = tenant('a');
    await database.run((db) =>
      db
        .insertInto('tenants')
        .values(old as TenantRow)
        .execute(),
    );
    await migrate(database, systemClock);
    expect(await tenants.byId('a')).toEqual(tenant('a'));
    await storage.audit.append('a', { at, kind: 'call' });
    expect(await storage.audit.verify('a')).toMatchObject({ records: 1 });
  });

  it('sweeps out confirmations that ended more than a day ago, of the same tenant', async () => {
    const { ledger } = await opened(await fresh());
    const dayMs = 86_400_000;
    const add = (tenantId: string, id: string, createdAt: number): Promise<void> =>
      ledger.of(tenantId).transact(async (tx) => {
        await tx.insertConfirmation(confirmationRow(tenantId, id, { createdAt, expiresAt: createdAt + 1000 }));
      });
    await add('a', 'old', at);
    await add('b', 'other', at);
    await add('a', 'younger', at + 1);
    await add('a', 'new', at + dayMs + 1001);
    const kept = async (tenantId: string, id: string): Promise<boolean> =>
      ledger.of(tenantId).transact(async (tx) => (await tx.confirmation(id)) !== undefined);
    expect(await kept('a', 'old')).toBe(false);
    expect(await kept('a', 'younger')).toBe(true);
    expect(await kept('a', 'new')).toBe(true);
    expect(await kept('b', 'other')).toBe(true);
  });

  it('does not start on a database of a newer gateway', async () => {
    const options = await fresh();
    const storage = await opened(options);
    await storage.database.run((db) =>
      db.insertInto('migrations').values({ id: 999, name: 'from the future', appliedAt: at }).execute(),
    );
    await expect(openStorage(options)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});

describe('an unreachable database', () => {
  it('is told as storage_unavailable', async () => {
    const opening = openStorage({
      dataDir: folder(),
      databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
      auditKey: TEST_AUDIT_KEY,
      clock: systemClock,
      log: silentLog,
    });
    await expect(opening).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
