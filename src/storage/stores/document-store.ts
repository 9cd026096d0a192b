import type { Clock } from '../../core/clock.ts';
import type { Database } from '../database.ts';

/** Named texts that outlive the process: a snapshot, a setting. Whoever writes one knows its format. */
export type DocumentStore = {
  get(name: string): Promise<string | undefined>;
  put(name: string, body: string): Promise<void>;
  remove(name: string): Promise<void>;
};

export function createDocumentStore(database: Database, clock: Clock): DocumentStore {
  return {
    get: (name) =>
      database.run(async (db) => {
        const row = await db.selectFrom('documents').select('body').where('name', '=', name).executeTakeFirst();
        return row?.body;
      }),
    async put(name, body) {
      const fresh = { body, updatedAt: clock.now() };
      await database.run((db) =>
        db
          .insertInto('documents')
          .values({ name, ...fresh })
          .onConflict((conflict) => conflict.column('name').doUpdateSet(fresh))
          .execute(),
      );
    },
    async remove(name) {
      await database.run((db) => db.deleteFrom('documents').where('name', '=', name).execute());
    },
  };
}
