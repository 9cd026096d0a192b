import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import type { Clock } from '../core/clock.ts';
import { whenNotBusy } from './sqlite-busy.ts';
import type { Schema } from './schema.ts';

const FILE_NAME = 'gateway.db';
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const STATEMENTS_KEPT = 200;

/**
 * Opens `gateway.db` in the data folder, making both when missing. Several processes may have it open: readers never
 * wait (WAL), writers take turns. A commit is on the disk when it returns, and deleted content is overwritten.
 */
export async function openSqlite(dataDir: string, clock: Clock): Promise<Kysely<Schema>> {
  mkdirSync(dataDir, { recursive: true, mode: OWNER_ONLY_FOLDER });
  const path = join(dataDir, FILE_NAME);
  closeSync(openSync(path, 'a', OWNER_ONLY_FILE));
  const database = new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  try {
    await whenNotBusy(clock, () => database.exec('pragma journal_mode = wal'));
    database.exec('pragma synchronous = full; pragma secure_delete = on');
  } catch (error) {
    database.close();
    throw error;
  }
  return new Kysely<Schema>({ dialect: nodeSqliteDialect(database, clock), plugins: [new CamelCasePlugin()] });
}

/** Empties the write-ahead log into the file, so that what was deleted is gone from both. */
export async function truncateLog(db: Kysely<Schema>): Promise<void> {
  await db.executeQuery(CompiledQuery.raw('pragma wal_checkpoint(truncate)'));
}

function nodeSqliteDialect(database: DatabaseSync, clock: Clock): Dialect {
  const adapted = adapt(database);
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new PatientSqliteDriver(adapted, clock),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/**
 * Takes the write lock when a transaction begins, since a deferred one that turns to writing can fail for good; and
 * waits for another process's write without holding up the event loop, which SQLite's own busy timeout would do.
 */
class PatientSqliteDriver extends SqliteDriver {
  readonly #clock: Clock;

  constructor(database: SqliteDatabase, clock: Clock) {
    super({ database });
    this.#clock = clock;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return {
      executeQuery: (query) => whenNotBusy(this.#clock, () => connection.executeQuery(query)),
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** `node:sqlite` in the shape that Kysely's driver expects, with prepared statements kept by their text. */
function adapt(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare(text) {
      const known = kept.get(text);
      if (known !== undefined) return known;
      const statement = adaptStatement(database.prepare(text));
      if (kept.size >= STATEMENTS_KEPT) kept.clear();
      kept.set(text, statement);
      return statement;
    },
  };
}

function adaptStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
