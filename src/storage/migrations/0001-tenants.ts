import type { Migration } from '../migration.ts';

export const tenantsMigration: Migration = {
  id: 1,
  name: 'tenants',
  async up({ schema }) {
    await schema
      .createTable('tenants')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('environment', 'text', (column) => column.notNull())
      .addColumn('account', 'text')
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('credentials_version', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await schema
      .createTable('bindings')
      .addColumn('issuer', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('tenant_id', 'text', (column) => column.notNull().references('tenants.id').onDelete('cascade'))
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('bindings_key', ['issuer', 'subject'])
      .execute();
    await schema.createIndex('bindings_of_tenant').on('bindings').column('tenant_id').execute();
    await schema
      .createTable('credentials')
      .addColumn('tenant_id', 'text', (column) => column.notNull().references('tenants.id').onDelete('cascade'))
      .addColumn('field', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('kek_id', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('credentials_key', ['tenant_id', 'field'])
      .execute();
  },
};
