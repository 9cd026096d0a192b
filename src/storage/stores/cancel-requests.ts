import type { Kysely } from 'kysely';
import type { EpochMs } from '../../core/clock.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import type { AuditEntry } from './audit-store.ts';
import { chainLock } from './append-audit.ts';
import type { SqlAudit } from './sql-audit.ts';
import { chainOf } from './switch-scope.ts';

/** A wish to cancel working orders, of everybody or of one tenant, account or symbol. Times are epoch milliseconds. */
export type CancelRequest = {
  readonly id: string;
  /** `global` or a tenant's id. */
  readonly scope: string;
  /** The one tenant it is about; null: all of them. */
  readonly tenantId: string | null;
  readonly account: string | null;
  readonly symbol: string | null;
  readonly reason: string;
  readonly by: string;
  readonly createdAt: number;
};

/** A request with how far it is. `result` is what came of it, in the words of whoever carried it out. */
export type CancelRequestRow = CancelRequest & {
  readonly claimedUntil: number | null;
  readonly doneAt: number | null;
  readonly result: string | null;
};

export type CancelRequests = {
  request(request: CancelRequest): Promise<void>;
  /** The oldest that nobody carries out, or did not finish in time. It is the caller's for `leaseMs`. */
  claim(now: EpochMs, leaseMs: number): Promise<CancelRequestRow | undefined>;
  /** False when it is finished already, or there is none: the first result stays. */
  finish(id: string, result: string, at: EpochMs): Promise<boolean>;
  get(id: string): Promise<CancelRequestRow | undefined>;
};

const QUEUE = 'cancel requests';

export function createCancelRequests(database: Database, audit: SqlAudit): CancelRequests {
  const get = (id: string): Promise<CancelRequestRow | undefined> =>
    database.run((db) => db.selectFrom('cancelRequests').selectAll().where('id', '=', id).executeTakeFirst());
  return {
    request: (request) => ask(database, audit, request),
    claim: (now, leaseMs) => claim(database, now, leaseMs),
    async finish(id, result, at) {
      const row = await get(id);
      return row === undefined ? false : finish(database, audit, { row, result, at });
    },
    get,
  };
}

function ask(database: Database, audit: SqlAudit, request: CancelRequest): Promise<void> {
  const chain = chainOf(request.scope);
  return database.exclusively(chainLock(chain), async (tx) => {
    await tx
      .insertInto('cancelRequests')
      .values({ ...request, claimedUntil: null, doneAt: null, result: null })
      .execute();
    await audit.appendIn(tx, chain, { ...about(request, request.createdAt, 'cancel all asked'), by: request.by });
  });
}

async function claim(database: Database, now: EpochMs, leaseMs: number): Promise<CancelRequestRow | undefined> {
  // Every replica asks all the time, and there is hardly ever one: only then is it worth a lock.
  if ((await database.run((db) => oldestFree(db, now))) === undefined) return undefined;
  return database.exclusively(QUEUE, async (tx) => {
    const free = await oldestFree(tx, now);
    if (free === undefined) return undefined;
    const claimedUntil = now + leaseMs;
    await tx.updateTable('cancelRequests').set({ claimedUntil }).where('id', '=', free.id).execute();
    return { ...free, claimedUntil };
  });
}

function oldestFree(db: Kysely<Schema>, now: EpochMs): Promise<CancelRequestRow | undefined> {
  return db
    .selectFrom('cancelRequests')
    .selectAll()
    .where('doneAt', 'is', null)
    .where(({ eb, or }) => or([eb('claimedUntil', 'is', null), eb('claimedUntil', '<=', now)]))
    .orderBy('createdAt')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

type Ending = { readonly row: CancelRequestRow; readonly result: string; readonly at: EpochMs };

function finish(database: Database, audit: SqlAudit, { row, result, at }: Ending): Promise<boolean> {
  const chain = chainOf(row.scope);
  return database.exclusively(chainLock(chain), async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('cancelRequests')
      .set({ doneAt: at, result })
      .where('id', '=', row.id)
      .where('doneAt', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) return false;
    await audit.appendIn(tx, chain, { ...about(row, at, 'cancel all done'), result });
    return true;
  });
}

function about(request: CancelRequest, at: number, what: string): AuditEntry {
  const { id, scope, tenantId, account, symbol, reason } = request;
  return { at, kind: 'switch', what, request: id, scope, tenantId, account, symbol, reason };
}
