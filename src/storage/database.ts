import { type Kysely, sql, type Transaction } from 'kysely';
import { type DatabasePresence, storageUnavailable } from './database-presence.ts';
import { createLockQueue } from './lock-queue.ts';
import { isStorageOutage } from './storage-outage.ts';
import type { Schema } from './schema.ts';

export type DatabaseKind = 'sqlite' | 'postgres';

/** One open database behind one set of queries. Throws `storage_unavailable` when it cannot be reached or is too busy. */
export type Database = {
  readonly kind: DatabaseKind;
  /** Runs queries that need no transaction. */
  run<Value>(work: (db: Kysely<Schema>) => Promise<Value>): Promise<Value>;
  /**
   * Runs `work` in a transaction that no other one with the same `lock` overlaps, in any process. SQLite has one
   * writer at a time anyway; PostgreSQL takes an advisory lock, which one transaction of this process waits for at a
   * time: a busy tenant must not hold every connection of the pool. Keep it short and wait for nothing else inside.
   */
  exclusively<Value>(lock: string, work: (tx: Transaction<Schema>) => Promise<Value>): Promise<Value>;
  /** Runs one statement that takes `lock` itself, in its turn among those of this process that wait for it. */
  alone<Value>(lock: string, work: (db: Kysely<Schema>) => Promise<Value>): Promise<Value>;
};

/** A database in this process is always there; any other is watched. */
type Watched = Pick<DatabasePresence, 'during'>;
const ALWAYS_THERE: Watched = { during: (work) => work() };

export function createDatabase(kind: DatabaseKind, db: Kysely<Schema>, { during }: Watched = ALWAYS_THERE): Database {
  const inTurn = createLockQueue();
  return {
    kind,
    run: (work) => during(() => translated(() => work(db))),
    alone: (lock, work) => inTurn(lock, () => during(() => translated(() => work(db)))),
    exclusively: (lock, work) =>
      inTurn(lock, () =>
        during(() => translated(() => (kind === 'sqlite' ? db.transaction().execute(work) : locked(db, lock, work)))),
      ),
  };
}

/**
 * What is read after the lock must be what those before it left. A server whose usual isolation is a stricter one would show
 * the state from before the wait, so the level is said each time.
 */
function locked<Value>(
  db: Kysely<Schema>,
  lock: string,
  work: (tx: Transaction<Schema>) => Promise<Value>,
): Promise<Value> {
  return db
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`.execute(tx);
      return work(tx);
    });
}

async function translated<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!isStorageOutage(error)) throw error;
    throw storageUnavailable(error);
  }
}
