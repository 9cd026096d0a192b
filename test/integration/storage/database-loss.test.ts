import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Log } from '../../../src/core/log.ts';
import { silentLog } from '../../../src/core/log.ts';
import { DATABASE_LIMITS } from '../../../src/storage/database-limits.ts';
import { openPostgres } from '../../../src/storage/postgres.ts';
import { type OwnPostgres, startOwnPostgres } from '../../support/postgres.ts';

let postgres: OwnPostgres;
beforeAll(async () => {
  postgres = await startOwnPostgres();
});
afterAll(() => postgres.stop());

it('survives a database that is restarted while connections are idle, busy, and held between two statements', async () => {
  const warned: unknown[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void warned.push(fields) };
  const { db: database } = openPostgres({ url: await postgres.freshDatabase(), limits: DATABASE_LIMITS, log });
  const one = sql<{ one: number }>`select 1 as one`;
  const held = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  // Two are used at once, so that one of them is idle afterwards.
  await Promise.all([one.execute(database), sql`select pg_sleep(0.2)`.execute(database)]);
  const holding = database.transaction().execute(async (transaction) => {
    await one.execute(transaction);
    held.resolve();
    await gone.promise;
    await one.execute(transaction);
  });
  const busy = sql`select pg_sleep(30)`.execute(database);
  await held.promise;
  const ends = Promise.allSettled([holding, busy]);
  await postgres.halt();
  // An error that nobody listens to is thrown in a later turn of the loop, and would fail this run.
  await vi.waitFor(() => expect(warned).not.toEqual([]));
  gone.resolve();
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await postgres.resume();
  expect((await one.execute(database)).rows).toEqual([{ one: 1 }]);
  // Only the words of an error are written down: it carries the whole connection, with the key to cancel its statements.
  for (const fields of warned) expect(fields).toEqual({ error: expect.any(String) });
  await database.destroy();
});
