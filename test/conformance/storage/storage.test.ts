import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { epochMs, systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { openStorage, type Storage, type StorageOptions } from '../../../src/storage/storage.ts';
import type { TenantRow } from '../../../src/storage/stores/tenant-store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

let postgres: TestPostgres;
let folder: string;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = await mkdtemp(join(tmpdir(), 'gateway-storage-'));
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

let made = 0;
const base = { clock: systemClock, log: silentLog };
const IMPLEMENTATIONS: readonly { name: string; fresh: () => Promise<StorageOptions> }[] = [
  { name: 'SQLite', fresh: async () => ({ ...base, dataDir: join(folder, `data-${++made}`) }) },
  {
    name: 'PostgreSQL',
    fresh: async () => ({ ...base, dataDir: folder, databaseUrl: await postgres.freshDatabase() }),
  },
];

// 2^32 and more: a four-byte integer does not hold a time.
const at = epochMs(1_795_000_000_000);

const tenant = (id: string, changes: Partial<TenantRow> = {}): TenantRow => ({
  id,
  name: `name-${id}`,
  environment: 'paper',
  account: null,
  status: 'enabled',
  credentialsVersion: 0,
  createdAt: at,
  updatedAt: at,
  ...changes,
});

describe.each(IMPLEMENTATIONS)('storage on $name', ({ fresh }) => {
  const open: Storage[] = [];
  const opened = async (options: StorageOptions): Promise<Storage> => {
    const storage = await openStorage(options);
    open.push(storage);
    return storage;
  };
  afterEach(async () => {
    for (const storage of open.splice(0)) await storage.close();
  });

  it('gives a tenant back as it was put in, exactly', async () => {
    const { tenants } = await opened(await fresh());
    const full = tenant('a', { account: '5WT00001', environment: 'live' });
    expect(await tenants.insert(full)).toBe(true);
    expect(await tenants.byName('name-a')).toEqual(full);
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
    const opening = openStorage({ ...base, dataDir: folder, databaseUrl: 'postgres://nobody@127.0.0.1:1/none' });
    await expect(opening).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
