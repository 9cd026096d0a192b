import type { Transaction } from 'kysely';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Database } from './database.ts';
import type { Migration } from './migration.ts';
import { tenantsMigration } from './migrations/0001-tenants.ts';
import { documentsMigration } from './migrations/0002-documents.ts';
import { ordersMigration } from './migrations/0003-orders.ts';
import type { Schema } from './schema.ts';

/** In order, without gaps. */
export const MIGRATIONS: readonly Migration[] = [tenantsMigration, documentsMigration, ordersMigration];

/**
 * Brings the schema up to date: all missing steps in one transaction, or none. Processes that start together wait for
 * one another. Throws `config_invalid` when the database was written by a newer gateway.
 */
export async function migrate(
  database: Database,
  clock: Clock,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database.exclusively('migrations', async (tx) => {
    await createMigrationsTable(tx);
    const applied = await appliedCount(tx);
    if (applied > migrations.length) {
      throw new GatewayError('config_invalid', 'The database was written by a newer version of the gateway.', {
        advice: 'Start the newer version, or give this one a database of its own.',
      });
    }
    for (const migration of migrations.slice(applied)) {
      await migration.up(tx);
      await tx
        .insertInto('migrations')
        .values({ id: migration.id, name: migration.name, appliedAt: clock.now() })
        .execute();
    }
  });
}

async function createMigrationsTable(tx: Transaction<Schema>): Promise<void> {
  await tx.schema
    .createTable('migrations')
    .ifNotExists()
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function appliedCount(tx: Transaction<Schema>): Promise<number> {
  const newest = await tx
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirst();
  return newest?.id ?? 0;
}
