import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { DATABASE_LIMITS } from '../../../src/storage/database-limits.ts';
import { createDatabase } from '../../../src/storage/database.ts';
import { migrate, MIGRATIONS } from '../../../src/storage/migrate.ts';
import { openPostgres } from '../../../src/storage/postgres.ts';
import { openStorage } from '../../../src/storage/storage.ts';
import { TEST_AUDIT_KEY } from '../../support/audit-key.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '../../support/migrator.ts');
const STARTING = 5;

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function withClient<Value>(url: string, work: (client: Client) => Promise<Value>): Promise<Value> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database as a gateway left it that knew so many migrations fewer. */
async function behind(steps: number): Promise<string> {
  const url = await postgres.freshDatabase();
  const known = MIGRATIONS.slice(0, MIGRATIONS.length - steps);
  if (known.length === 0) return url;
  const { db } = openPostgres({ url, limits: DATABASE_LIMITS, log: silentLog });
  await migrate(createDatabase('postgres', db), systemClock, known);
  await db.destroy();
  return url;
}

/** Every table, column, key and index, and the steps that are written down. */
const shapeOf = (url: string): Promise<readonly string[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ line: string }>(`
      select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable as line
        from information_schema.columns where table_schema = 'public'
      union all select indexdef from pg_indexes where schemaname = 'public'
      union all select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        from pg_constraint where connamespace = 'public'::regnamespace
      union all select 'step ' || id || ' ' || name from migrations
      order by 1`);
    return rows.map(({ line }) => line);
  });

const open = async (databaseUrl: string): Promise<void> => {
  const storage = await openStorage({
    databaseUrl,
    dataDir: '',
    auditKey: TEST_AUDIT_KEY,
    clock: systemClock,
    log: silentLog,
  });
  await storage.close();
};

describe.each([
  ['an empty database', () => MIGRATIONS.length],
  ['a database two versions behind', () => 2],
])('replicas that start at once on %s', (_, steps) => {
  it('all start, each a process, and leave what one alone would have left', async () => {
    const [together, alone] = [await behind(steps()), await behind(steps())];
    const started = await Promise.all(
      Array.from({ length: STARTING }, () => run(process.execPath, [PROGRAM, together], { timeout: 90_000 })),
    );
    expect(started.map(({ stdout }) => stdout)).toEqual(Array.from({ length: STARTING }, () => 'open'));
    await open(alone);
    const shape = await shapeOf(together);
    expect(shape).toEqual(await shapeOf(alone));
    expect(shape.filter((line) => line.startsWith('step '))).toHaveLength(MIGRATIONS.length);
  });

  it('all start over connections of one process, many times over', async () => {
    for (let round = 0; round < 5; round += 1) {
      const url = await behind(steps());
      const ends = await Promise.allSettled(Array.from({ length: STARTING }, () => open(url)));
      expect(ends.map(({ status }) => status)).toEqual(Array.from({ length: STARTING }, () => 'fulfilled'));
      expect((await shapeOf(url)).filter((line) => line.startsWith('step '))).toHaveLength(MIGRATIONS.length);
    }
  });

  it('start also when one of them dies in the middle of it', async () => {
    const url = await behind(steps());
    const dying = await openDying(url);
    const others = Promise.allSettled(Array.from({ length: STARTING - 1 }, () => open(url)));
    await expect.poll(() => waitingFor(url)).toBeGreaterThan(0);
    await dying.die();
    expect((await others).map(({ status }) => status)).toEqual(Array.from({ length: STARTING - 1 }, () => 'fulfilled'));
    expect((await shapeOf(url)).filter((line) => line.startsWith('step '))).toHaveLength(MIGRATIONS.length);
  });
});

/** One who has the migrations' lock and has made part of the schema, and never commits. */
async function openDying(url: string): Promise<{ die(): Promise<void> }> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  await client.query('begin');
  await client.query("select pg_advisory_xact_lock(hashtextextended('migrations', 0))");
  await client.query('create table if not exists documents (name text primary key)');
  return {
    die: () =>
      withClient(url, async (other) => {
        await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      }),
  };
}

const waitingFor = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ count: string }>(
      "select count(*) from pg_locks where locktype = 'advisory' and not granted",
    );
    return Number(rows[0]?.count);
  });

describe('a replica that starts while another migrates', () => {
  it('waits for longer than any call may', async () => {
    const url = await behind(MIGRATIONS.length);
    const holder = await openDying(url);
    const limits = { ...DATABASE_LIMITS, statementTimeoutMs: 300, lockTimeoutMs: 200 };
    const base = { databaseUrl: url, dataDir: '', auditKey: TEST_AUDIT_KEY, clock: systemClock, log: silentLog };
    const opening = openStorage({ ...base, limits });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await holder.die();
    const storage = await opening;
    expect(await storage.healthy()).toBe(true);
    await storage.close();
  });
});

describe('the limits of a database', () => {
  it('bound a statement, a lock and the connections', async () => {
    const limits = { poolSize: 2, statementTimeoutMs: 700, lockTimeoutMs: 300 };
    const url = await postgres.freshDatabase();
    const base = { databaseUrl: url, dataDir: '', auditKey: TEST_AUDIT_KEY, clock: systemClock, log: silentLog };
    const storage = await openStorage({ ...base, limits });
    const other = await openStorage(base);
    const within = async (work: Promise<unknown>): Promise<number> => {
      const startedMs = performance.now();
      await expect(work).rejects.toMatchObject({ code: 'storage_unavailable' });
      return performance.now() - startedMs;
    };
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holding = other.database.exclusively('thing', async () => {
      held.resolve();
      await release.promise;
    });
    await held.promise;
    expect(await within(storage.database.exclusively('thing', async () => {}))).toBeGreaterThan(250);
    release.resolve();
    await holding;
    await storage.database.exclusively('thing', async () => {});
    const { sql } = await import('kysely');
    expect(await within(storage.database.run((db) => sql`select pg_sleep(60)`.execute(db)))).toBeGreaterThan(600);
    let most = 0;
    let inUse = 0;
    await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        storage.database.exclusively(`at-${n}`, async () => {
          most = Math.max(most, (inUse += 1));
          await new Promise((resolve) => setTimeout(resolve, 20));
          inUse -= 1;
        }),
      ),
    );
    expect(most).toBe(2);
    await storage.close();
    await other.close();
  });
});
