import type { Transaction } from 'kysely';
import type { Schema } from './schema.ts';

/** One step of the schema. Never edited once released: a change is a new step. */
export type Migration = {
  readonly id: number;
  readonly name: string;
  up(tx: Transaction<Schema>): Promise<void>;
};
