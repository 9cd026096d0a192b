import type { Migration } from '../migration.ts';

export const documentsMigration: Migration = {
  id: 2,
  name: 'documents',
  async up({ schema }) {
    await schema
      .createTable('documents')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};
