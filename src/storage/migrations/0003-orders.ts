import { sql, type Transaction } from 'kysely';
import type { Migration } from '../migration.ts';
import type { Schema } from '../schema.ts';

/**
 * The order ledger, the switches and the audit. None of them refers to `tenants`: what was ordered and what was
 * recorded outlives the tenant it was for.
 */
export const ordersMigration: Migration = {
  id: 3,
  name: 'orders',
  async up(tx) {
    await tx.schema.alterTable('tenants').addColumn('plan', 'text').execute();
    await createIntents(tx);
    await createConfirmations(tx);
    await createAudit(tx);
    await createSwitches(tx);
  },
};

/** NULLs are distinct in a unique constraint, in both databases: an intent need not have either name. */
async function createIntents({ schema }: Transaction<Schema>): Promise<void> {
  await schema
    .createTable('intents')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('client_order_id', 'text')
    .addColumn('confirmation_id', 'text')
    .addColumn('asked_digest', 'text', (column) => column.notNull())
    .addColumn('body_digest', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('target_id', 'text')
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text')
    .addColumn('is_opening', 'integer', (column) => column.notNull())
    .addColumn('exposure', 'text', (column) => column.notNull())
    .addColumn('notional', 'text', (column) => column.notNull())
    .addColumn('day', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('sent_at', 'bigint')
    .addColumn('send_by', 'bigint')
    .addColumn('look_at', 'bigint')
    .addColumn('flagged_at', 'bigint')
    .addColumn('order_id', 'text')
    .addColumn('outcome', 'text')
    .addColumn('settlement', 'text')
    .addUniqueConstraint('intents_client_order', ['tenant_id', 'client_order_id'])
    .addUniqueConstraint('intents_confirmation', ['tenant_id', 'confirmation_id'])
    .execute();
  await schema.createIndex('intents_by_day').on('intents').columns(['tenant_id', 'day']).execute();
  await schema.createIndex('intents_by_time').on('intents').columns(['tenant_id', 'created_at']).execute();
  await schema
    .createIndex('intents_due')
    .on('intents')
    .columns(['look_at', 'id'])
    .where('look_at', 'is not', null)
    .execute();
  await schema
    .createIndex('intents_flagged')
    .on('intents')
    .columns(['tenant_id', 'created_at'])
    .where(sql.ref('flagged_at'), 'is not', null)
    .execute();
}

async function createConfirmations({ schema }: Transaction<Schema>): Promise<void> {
  await schema
    .createTable('confirmations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('environment', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('client_id', 'text')
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('target_id', 'text')
    .addColumn('body_digest', 'text', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('used_by', 'text')
    .execute();
  await schema.createIndex('confirmations_by_end').on('confirmations').columns(['tenant_id', 'expires_at']).execute();
}

async function createAudit({ schema }: Transaction<Schema>): Promise<void> {
  await schema
    .createTable('audit')
    .addColumn('tenant_id', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('body', 'text', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('audit_key', ['tenant_id', 'seq'])
    .execute();
  await schema
    .createTable('audit_heads')
    .addColumn('tenant_id', 'text', (column) => column.primaryKey())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('seal', 'text', (column) => column.notNull())
    .execute();
}

async function createSwitches({ schema }: Transaction<Schema>): Promise<void> {
  await schema
    .createTable('switches')
    .addColumn('scope', 'text', (column) => column.primaryKey())
    .addColumn('is_on', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('cancel_requests')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('tenant_id', 'text')
    .addColumn('account', 'text')
    .addColumn('symbol', 'text')
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('by', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('claimed_until', 'bigint')
    .addColumn('done_at', 'bigint')
    .addColumn('result', 'text')
    .execute();
  await schema
    .createIndex('cancel_requests_open')
    .on('cancel_requests')
    .columns(['created_at', 'id'])
    .where(sql.ref('done_at'), 'is', null)
    .execute();
}
