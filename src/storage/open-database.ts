import type { Kysely } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { DATABASE_LIMITS, type DatabaseLimits, MIGRATION_LIMITS } from './database-limits.ts';
import { createDatabasePresence } from './database-presence.ts';
import { createDatabase, type Database } from './database.ts';
import { migrate } from './migrate.ts';
import { createPostgresProbe, openPostgres } from './postgres.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export type OpenDatabaseOptions = {
  /** `postgres://…`; absent: SQLite in `dataDir`. */
  readonly databaseUrl?: string;
  readonly limits?: DatabaseLimits;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Log;
};

/** A database whose schema is up to date. */
export type OpenDatabase = {
  readonly database: Database;
  readonly db: Kysely<Schema>;
  /** Whether it has stopped answering. */
  isAway(): boolean;
  close(): Promise<void>;
};

/** Throws `storage_unavailable` or `config_invalid`. */
export function openDatabase({ databaseUrl, ...options }: OpenDatabaseOptions): Promise<OpenDatabase> {
  return databaseUrl === undefined ? inFile(options) : onServer(databaseUrl, options);
}

async function inFile({ dataDir, clock }: OpenDatabaseOptions): Promise<OpenDatabase> {
  const db = await openSqlite(dataDir, clock);
  const database = createDatabase('sqlite', db);
  await migrate(database, clock).catch(async (error: unknown) => {
    await db.destroy();
    throw error;
  });
  return { database, db, isAway: () => false, close: () => db.destroy() };
}

async function onServer(url: string, { limits = DATABASE_LIMITS, clock, log }: OpenDatabaseOptions) {
  await migrateServer(url, { clock, log });
  const postgres = openPostgres({ url, limits, log });
  const probe = createPostgresProbe(url);
  const presence = createDatabasePresence({
    clock,
    ...probe,
    onChange(isAway) {
      log.warn({ isAway }, isAway ? 'The database does not answer' : 'The database answers again');
      if (isAway) postgres.cut();
    },
  });
  return {
    database: createDatabase('postgres', postgres.db, presence),
    db: postgres.db,
    isAway: () => presence.isAway,
    async close() {
      presence.close();
      await postgres.close();
    },
  };
}

/** On a connection of its own, which may wait longer than any call may. */
async function migrateServer(url: string, { clock, log }: { readonly clock: Clock; readonly log: Log }): Promise<void> {
  const postgres = openPostgres({ url, limits: MIGRATION_LIMITS, log });
  try {
    await migrate(createDatabase('postgres', postgres.db), clock);
  } finally {
    await postgres.close();
  }
}
