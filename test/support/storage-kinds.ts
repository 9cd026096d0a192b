import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { openStorage, type Storage, type StorageOptions } from '../../src/storage/storage.ts';
import { TEST_AUDIT_KEY } from './audit-key.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';

/** One of the databases that storage runs on. */
export type StorageKind = {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Options of a new, empty database: given twice, they open the same one. */
  fresh(): Promise<StorageOptions>;
};

export type StorageKinds = {
  readonly kinds: readonly StorageKind[];
  /** Opens a database until the running test ends. */
  opened(options: StorageOptions): Promise<Storage>;
  /** A folder that goes with the tests of the file. */
  folder(): string;
};

/** Both databases, up for the tests of one file. Call it at the top of that file. */
export function useStorageKinds(): StorageKinds {
  let postgres: TestPostgres | undefined;
  let folder = '';
  let made = 0;
  const open: Storage[] = [];
  beforeAll(async () => {
    postgres = await startPostgres();
    folder = await mkdtemp(join(tmpdir(), 'gateway-storage-'));
  });
  afterEach(async () => {
    for (const storage of open.splice(0)) await storage.close();
  });
  afterAll(async () => {
    await postgres?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  const base = { clock: systemClock, log: silentLog, auditKey: TEST_AUDIT_KEY };
  const inPostgres = async (): Promise<StorageOptions> => {
    if (postgres === undefined) throw new Error('PostgreSQL is not up yet');
    return { ...base, dataDir: folder, databaseUrl: await postgres.freshDatabase() };
  };
  return {
    kinds: [
      { name: 'SQLite', fresh: async () => ({ ...base, dataDir: join(folder, `data-${++made}`) }) },
      { name: 'PostgreSQL', fresh: inPostgres },
    ],
    async opened(options) {
      const storage = await openStorage(options);
      open.push(storage);
      return storage;
    },
    folder: () => folder,
  };
}
